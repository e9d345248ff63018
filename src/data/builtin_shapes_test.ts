import { deepStrictEqual, strictEqual } from "@std/assert";
import { join } from "@std/path";
import { decodeImage } from "../image/mod.ts";
import { writeShapes } from "./builtin_shapes.ts";
import { scanFolder } from "./class_folders.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

Deno.test("writeShapes() draws circles and squares to train and to test, once and always the same", async () => {
  await using home = await temporaryFolder({});
  const { data, test } = await writeShapes(home.path);
  const sizes = [];
  for (const folder of [data, test]) {
    const { labels, records } = await scanFolder(folder);
    deepStrictEqual(labels, ["circle", "square"]);
    sizes.push(records.length);
  }
  deepStrictEqual(sizes, [556, 200]);
  const file = join(data, "circle", "000.png");
  const before = await Deno.readFile(file);
  const { width, height } = await decodeImage(before);
  deepStrictEqual([width, height], [28, 28]);
  await Deno.writeTextFile(join(data, "mark"), "");
  await writeShapes(home.path);
  strictEqual((await Deno.stat(join(data, "mark"))).isFile, true);
  await Deno.remove(data, { recursive: true });
  await writeShapes(home.path);
  deepStrictEqual(await Deno.readFile(file), before);
});

Deno.test("writeShapes() draws the tutorial's shapes: black and white, circles of radius 3 to 7 and squares of 5 to 11, no two the same", async () => {
  await using home = await temporaryFolder({});
  const { data, test } = await writeShapes(home.path);
  const seen = new Set<string>();
  const sizes: Record<string, Set<number>> = {
    circle: new Set(),
    square: new Set(),
  };
  for (const folder of [data, test]) {
    const { records } = await scanFolder(folder);
    for (const { file, label } of records) {
      const bytes = await Deno.readFile(file);
      const { pixels } = await decodeImage(bytes);
      const white = [...pixels.keys()]
        .filter((at) => at % 3 === 0 && pixels[at] === 255).map((at) => at / 3);
      const isBlackElse = pixels.every((value) => value === 0 || value === 255);
      strictEqual(isBlackElse, true);
      const rows = white.map((pixel) => Math.floor(pixel / 28));
      const columns = white.map((pixel) => pixel % 28);
      const heightOf = (all: number[]) =>
        Math.max(...all) - Math.min(...all) + 1;
      const height = heightOf(rows);
      strictEqual(heightOf(columns), height);
      sizes[label].add(label === "circle" ? (height - 1) / 2 : height);
      const area = label === "circle"
        ? Math.PI * ((height - 1) / 2) ** 2
        : height ** 2;
      strictEqual(Math.abs(white.length - area) / area < 0.1, true);
      seen.add(white.join());
    }
  }
  strictEqual(seen.size, 756);
  deepStrictEqual([...sizes.circle].sort((a, b) => a - b), [3, 4, 5, 6, 7]);
  deepStrictEqual(
    [...sizes.square].sort((a, b) => a - b),
    [5, 6, 7, 8, 9, 10, 11],
  );
});

Deno.test("writeShapes() draws anew where an earlier version drew other shapes", async () => {
  await using home = await temporaryFolder({});
  const { data } = await writeShapes(home.path);
  const file = join(data, "circle", "000.png");
  const before = await Deno.readFile(file);
  await Deno.copyFile(join(data, "square", "000.png"), file);
  await writeShapes(home.path);
  deepStrictEqual(await Deno.readFile(file), before);
});
