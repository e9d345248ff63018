/**
 * The set `builtin:shapes`: circles against squares, drawn by a seeded generator.
 *
 * @module
 */
import { join } from "@std/path";
import {
  createFolder,
  errorCode,
  fileError,
  isFolder,
  lockFolder,
  Random,
} from "../bytes/mod.ts";
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
 * Draws the set as `folder/<class>/<number>.png`, 28x28, white on black: circles of
 * radius 3 to 7 and squares of 5 to 11 pixels a side anywhere, no two the same,
 * always the same pictures. A folder that is there already stays, unless it is of
 * an earlier version, which drew others.
 *
 * @throws {InputError} if the disk refuses.
 */
export async function writeShapes(home: string): Promise<ShapesFolders> {
  const place = join(home, "data");
  const sets = chooseShapes().map((pictures, index) => ({
    path: join(place, parts[index].folder),
    pictures,
  }));
  const areCurrent = await Promise.all(
    sets.map(({ path, pictures }) => isCurrent(path, pictures)),
  );
  if (areCurrent.every(Boolean)) return shapesFolders(home);
  using _lock = await lockFolder(place);
  for (const { path, pictures } of sets) {
    // Another process may have drawn it meanwhile.
    if (await isCurrent(path, pictures)) continue;
    await Deno.remove(path, { recursive: true })
      .catch((error) => {
        if (errorCode(error) === "ENOENT") return;
        throw fileError(error, { doing: "write", path });
      });
    await createFolder(path, async (temporary) => {
      for (const label of labels) await Deno.mkdir(join(temporary, label));
      for (const [name, shape] of pictures) {
        await Deno.writeFile(join(temporary, name), drawShape(shape));
      }
    });
  }
  return shapesFolders(home);
}

/** Whether a folder has the pictures that are drawn now, by the first of them. */
async function isCurrent(
  folder: string,
  pictures: ReadonlyMap<string, Spans>,
): Promise<boolean> {
  if (!await isFolder(folder)) return false;
  const [[name, shape]] = pictures;
  const expected = drawShape(shape);
  const found = await Deno.readFile(join(folder, name)).catch(() => undefined);
  return found === undefined ||
    expected.every((byte, at) => byte === found[at]);
}

/** What is on the pictures of each part, by their path in it; nothing is in both. */
function chooseShapes(): Map<string, Spans>[] {
  const drawn = new Set<string>();
  return parts.map(({ perClass, seed }) => {
    const random = Random.seeded(seed);
    const pictures = new Map<string, Spans>();
    for (const label of labels) {
      for (let index = 0; index < perClass;) {
        const shape = shapesOf[label](random);
        const key = JSON.stringify([label, shape]);
        if (drawn.has(key)) continue;
        drawn.add(key);
        const name = `${String(index++).padStart(3, "0")}.png`;
        pictures.set(join(label, name), shape);
      }
    }
    return pictures;
  });
}

/** Pixels of a row that are white, by row. */
type Spans = readonly (readonly [row: number, first: number, last: number])[];

/** A filled shape of random size, anywhere within the picture. */
const shapesOf = {
  circle(random) {
    const radius = 3 + random.below(5);
    const middle = () => radius + random.below(side - 2 * radius);
    const [x, y] = [middle(), middle()];
    return Array.from({ length: 2 * radius + 1 }, (_, at) => {
      const down = at - radius;
      const reach = Math.floor(Math.sqrt(radius ** 2 - down ** 2));
      return [y + down, x - reach, x + reach];
    });
  },
  square(random) {
    const size = 5 + random.below(7);
    const [left, top] = [0, 1].map(() => random.below(side - size + 1));
    return Array.from(
      { length: size },
      (_, at) => [top + at, left, left + size - 1],
    );
  },
} as const satisfies Record<typeof labels[number], (random: Random) => Spans>;

function drawShape(spans: Spans): Uint8Array {
  const pixels = new Uint8Array(side * side * 3);
  for (const [row, first, last] of spans) {
    const start = row * side;
    pixels.fill(255, (start + first) * 3, (start + last + 1) * 3);
  }
  return encodePng({ width: side, height: side, pixels });
}
