import { deepStrictEqual, strictEqual } from "@std/assert";
import { type Orientation, turnUpright } from "./orientation.ts";
import type { RgbImage } from "./rgb_image.ts";

// The letter F, two columns by three rows, as the standard's own figure has it.
const upright = ["ab", "cd", "ef"];
const stored: Record<Orientation, readonly string[]> = {
  1: ["ab", "cd", "ef"],
  2: ["ba", "dc", "fe"],
  3: ["fe", "dc", "ba"],
  4: ["ef", "cd", "ab"],
  5: ["ace", "bdf"],
  6: ["bdf", "ace"],
  7: ["fdb", "eca"],
  8: ["eca", "fdb"],
};

for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8] as const) {
  Deno.test(`turnUpright() turns orientation ${orientation} upright`, () => {
    const image = turnUpright(imageOf(stored[orientation]), orientation);
    deepStrictEqual(image, imageOf(upright));
  });
}

Deno.test("turnUpright() keeps the warning", () => {
  const image = { ...imageOf(["ab"]), warning: "is odd" };
  strictEqual(turnUpright(image, 6).warning, "is odd");
});

// Each letter becomes one pixel whose three channels differ.
function imageOf(rows: readonly string[]): RgbImage {
  const codes = Array.from(rows.join(""), (letter) => letter.charCodeAt(0));
  const pixels = Uint8Array.from(
    codes.flatMap((code) => [code, code + 50, code + 100]),
  );
  return { width: rows[0].length, height: rows.length, pixels };
}
