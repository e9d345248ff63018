import { deepStrictEqual } from "@std/assert";
import { counted, nounOf } from "./plural.ts";

Deno.test("counted() says one of a thing in the singular, and none and many in the plural", () => {
  deepStrictEqual([0, 1, 2].map((count) => counted(count, "image")), [
    "0 images",
    "1 image",
    "2 images",
  ]);
  deepStrictEqual(
    ["class", "batch", "box", "epoch", "different image"].map((noun) =>
      counted(3, noun)
    ),
    ["3 classes", "3 batches", "3 boxes", "3 epochs", "3 different images"],
  );
});

Deno.test("nounOf() makes one of a unit that is given in the plural", () => {
  const nouns = [
    ...["images", "classes", "batches", "boxes", "epochs"],
    ...["classes of shapes", "bottleneck files", "MB"],
  ];
  deepStrictEqual(nouns.map((noun) => nounOf(1, noun)), [
    ...["image", "class", "batch", "box", "epoch"],
    ...["class of shapes", "bottleneck file", "MB"],
  ]);
  deepStrictEqual(nouns.map((noun) => nounOf(2, noun)), nouns);
});
