import { deepStrictEqual } from "@std/assert";
import { counted } from "./plural.ts";

Deno.test("counted() says one of a thing in the singular", () => {
  const nouns = [
    ...["images", "classes", "files", "boxes", "steps", "passes"],
    ...["classes of shapes", "MB", "more"],
  ];
  deepStrictEqual(nouns.map((noun) => counted(1, noun)), [
    ...["1 image", "1 class", "1 file", "1 box", "1 step", "1 pass"],
    ...["1 class of shapes", "1 MB", "1 more"],
  ]);
  deepStrictEqual([0, 2].map((count) => counted(count, "images")), [
    "0 images",
    "2 images",
  ]);
});
