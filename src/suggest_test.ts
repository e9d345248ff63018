import { strictEqual } from "@std/assert";
import fc from "fast-check";
import { didYouMean, editDistance, nearestWord } from "./suggest.ts";

Deno.test("editDistance() counts letters put in, left out, exchanged and swapped", () => {
  strictEqual(editDistance("train", "train"), 0);
  strictEqual(editDistance("lrr", "lr"), 1);
  strictEqual(editDistance("trian", "train"), 1);
  strictEqual(editDistance("kitten", "sitting"), 3);
  strictEqual(editDistance("", "abc"), 3);
});

Deno.test("editDistance() is symmetric and at most the longer word", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (one, other) => {
    const distance = editDistance(one, other);
    strictEqual(distance, editDistance(other, one));
    strictEqual(distance <= Math.max(one.length, other.length), true);
    strictEqual(distance === 0, one === other);
  }));
});

Deno.test("nearestWord() finds a mistyped word, a word begun, and nothing far away", () => {
  const known = ["train", "predict", "learning-rate"];
  strictEqual(nearestWord("tarin", known), "train");
  strictEqual(nearestWord("learn", known), "learning-rate");
  strictEqual(nearestWord("zebra", known), undefined);
});

Deno.test("didYouMean() is a sentence, or nothing", () => {
  strictEqual(
    didYouMean("lrr", { known: ["lr"], prefix: "--" }),
    ". Did you mean --lr?",
  );
  strictEqual(didYouMean("zebra", { known: ["lr"] }), "");
});
