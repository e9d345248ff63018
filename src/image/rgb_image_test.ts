import { strictEqual } from "@std/assert";
import { dropAlpha } from "./rgb_image.ts";

Deno.test("dropAlpha() keeps the colour under transparent pixels", () => {
  strictEqual(
    dropAlpha(new Uint8Array([1, 2, 3, 0, 4, 5, 6, 255])).join(),
    "1,2,3,4,5,6",
  );
});
