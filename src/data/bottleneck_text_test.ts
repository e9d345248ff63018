import { deepStrictEqual, rejects, strictEqual } from "@std/assert";
import fc from "fast-check";
import {
  formatBottleneck,
  parseBottleneck,
  readBottleneckTexts,
  writeBottleneckText,
} from "./bottleneck_text.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

Deno.test("formatBottleneck() writes digits that give every f32 again", () => {
  fc.assert(
    fc.property(
      fc.float32Array({ noNaN: true, noDefaultInfinity: true, minLength: 1 }),
      (values) => {
        deepStrictEqual(
          parseBottleneck(formatBottleneck(values)),
          new Float32Array(values),
        );
      },
    ),
  );
});

Deno.test("formatBottleneck() gives text of six digits back as it was", () => {
  const text = "0.258141,0,0.0739759,1.5e-7,12";
  strictEqual(
    formatBottleneck(new Float32Array([0.258141, 0, 0.0739759, 1.5e-7, 12])),
    text,
  );
});

Deno.test("readBottleneckTexts() reads classes in order and says why files are skipped", async () => {
  await using root = await temporaryFolder({
    "roses/b.jpg.txt": "1,2\n",
    "roses/a.jpg.txt": "3, 4.5e-1",
    "roses/image.jpg": "no text",
    "tulips/short.txt": "1",
    "tulips/empty.txt": "",
    "tulips/nan.txt": "1,nan",
    "tulips/hole.txt": "1,,2",
    "tulips/large.txt": "1,1e39",
    "tulips/lfs.txt": "version https://git-lfs.github.com/spec/v1\noid 1\n",
    "tulips/c.txt": "5,6",
  });
  const { labels, rows, skipped } = await readBottleneckTexts(root.path);
  deepStrictEqual(labels, ["roses", "tulips"]);
  deepStrictEqual(rows.map(({ path, values }) => [path, [...values]]), [
    ["roses/a.jpg.txt", [3, Math.fround(0.45)]],
    ["roses/b.jpg.txt", [1, 2]],
    ["tulips/c.txt", [5, 6]],
  ]);
  deepStrictEqual(
    Object.fromEntries(skipped.map(({ path, reason }) => [path, reason])),
    {
      "tulips/empty.txt": "the file is empty",
      "tulips/hole.txt": 'value 2 is "", expected a finite number',
      "tulips/large.txt": 'value 2 is "1e39", expected a finite number',
      "tulips/lfs.txt":
        "a Git LFS pointer, not the file itself; run git lfs pull",
      "tulips/nan.txt": 'value 2 is "nan", expected a finite number',
      "tulips/short.txt": "1 value, most files have 2",
    },
  );
});

Deno.test("readBottleneckTexts() reads what writeBottleneckText() wrote", async () => {
  await using root = await temporaryFolder({});
  const values = new Float32Array([0.1, -0, 1 / 3]);
  for (const path of ["roses/a.jpg", "tulips/deep/b.png"]) {
    strictEqual(
      await writeBottleneckText(root.path, { path, values }),
      root.join(`${path}.txt`),
    );
  }
  const { rows } = await readBottleneckTexts(root.path);
  deepStrictEqual(rows.map((row) => row.path), [
    "roses/a.jpg.txt",
    "tulips/deep/b.png.txt",
  ]);
  for (const row of rows) deepStrictEqual(row.values, values);
});

Deno.test("readBottleneckTexts() refuses files of which no length is the common one", async () => {
  await using root = await temporaryFolder({
    "a/1.txt": "1,2",
    "b/1.txt": "1,2,3",
  });
  await rejects(readBottleneckTexts(root.path), {
    name: "InputError",
    message:
      `${root.path}: files of 2 values (a/1.txt) and of 3 (b/1.txt); keep the files of one model`,
  });
});

Deno.test("readBottleneckTexts() refuses a folder of which no file can be used", async () => {
  await using root = await temporaryFolder({ "a/1.txt": "", "b/1.txt": "x" });
  await rejects(readBottleneckTexts(root.path), {
    name: "InputError",
    message: /none of 2 bottleneck files can be used/,
  });
});

Deno.test("readBottleneckTexts() names a folder without class folders", async () => {
  await using root = await temporaryFolder({ "1.txt": "1" });
  await rejects(readBottleneckTexts(root.path), {
    name: "UsageError",
    message:
      /Expected .*\/<class>\/\*\.txt; found 1 bottleneck file at the top level/,
  });
});
