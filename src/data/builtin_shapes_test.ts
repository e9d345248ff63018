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
