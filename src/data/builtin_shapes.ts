/**
 * The set `builtin:shapes`: circles against squares, drawn by a seeded generator.
 *
 * @module
 */
import { join } from "@std/path";
import { createFolder, isFolder, Random } from "../bytes/mod.ts";
import { encodePng } from "../image/encode_png.ts";

const side = 28;
const labels = ["circle", "square"] as const;

/** Pictures a class: 500 to train once a tenth is left out to validate, and 200 to test. */
const parts = [
  { folder: "shapes", perClass: 278, seed: 1 },
  { folder: "shapes-test", perClass: 100, seed: 2 },
] as const;

/** The folders of the set below a store. */
export interface ShapesFolders {
  /** To train and validate on. */
  readonly data: string;
  readonly test: string;
}

export function shapesFolders(home: string): ShapesFolders {
  const [data, test] = parts.map(({ folder }) => join(home, "data", folder));
  return { data, test };
}

/**
 * Draws the set as `folder/<class>/<number>.png`, 28x28, bright on dark with
 * noise; always the same pictures. A folder that is there already stays.
 *
 * @throws {InputError} if the disk refuses.
 */
export async function writeShapes(home: string): Promise<ShapesFolders> {
  for (const { folder, perClass, seed } of parts) {
    const path = join(home, "data", folder);
    if (await isFolder(path)) continue;
    await createFolder(
      path,
      (temporary) => drawFolder(temporary, { perClass, seed }),
    );
  }
  return shapesFolders(home);
}

async function drawFolder(
  folder: string,
  { perClass, seed }: { perClass: number; seed: number },
): Promise<void> {
  const random = Random.seeded(seed);
  for (const label of labels) {
    await Deno.mkdir(join(folder, label));
    for (let index = 0; index < perClass; index++) {
      const name = `${String(index).padStart(3, "0")}.png`;
      await Deno.writeFile(
        join(folder, label, name),
        drawShape(label, random),
      );
    }
  }
}

/** A filled shape of random size, place and brightness, its edge smoothed over a pixel. */
function drawShape(
  label: typeof labels[number],
  random: Random,
): Uint8Array {
  const radius = 5 + 6 * random.uniform();
  const [x, y] = [0, 1].map(() =>
    radius + 1 + (side - 2 * radius - 2) * random.uniform()
  );
  const bright = 128 + 100 * random.uniform();
  const pixels = new Uint8Array(side * side * 3);
  for (let pixel = 0; pixel < side * side; pixel++) {
    const right = Math.abs(pixel % side + 0.5 - x);
    const down = Math.abs(Math.floor(pixel / side) + 0.5 - y);
    const distance = label === "circle"
      ? Math.hypot(right, down) - radius
      // A square of a circle's area, so that brightness tells nothing.
      : Math.max(right, down) - radius * Math.sqrt(Math.PI) / 2;
    const share = Math.min(Math.max(0.5 - distance, 0), 1);
    const noise = 24 * random.uniform();
    pixels.fill(Math.round(share * bright + noise), pixel * 3, pixel * 3 + 3);
  }
  return encodePng({ width: side, height: side, pixels });
}
