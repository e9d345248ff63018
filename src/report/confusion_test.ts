import { ok, strictEqual, throws } from "@std/assert";
import fc from "fast-check";
import { assertWellFormed, awkwardLabels } from "./_xml_testing.ts";
import { confusionSvg } from "./confusion.ts";

function square(classes: number, count = 3): number[][] {
  return Array.from(
    { length: classes },
    () => new Array<number>(classes).fill(count),
  );
}

function labels(classes: number): string[] {
  return Array.from({ length: classes }, (_, index) => `class ${index}`);
}

Deno.test("confusionSvg() shades each count by its share of the true class", () => {
  const svg = confusionSvg(["cat", "dog"], [[9, 1], [0, 4]]);
  const opacities = Array.from(
    svg.matchAll(/<g><title>(.*?)<\/title><rect[^>]*fill-opacity="([\d.]+)"/g),
    ([, title, opacity]) => `${title} at ${opacity}`,
  );
  strictEqual(
    opacities.join("; "),
    "cat called cat: 9 of 10 at 0.91; cat called dog: 1 of 10 at 0.15; dog called dog: 4 of 4 at 1",
  );
});

Deno.test("confusionSvg() writes counts while there is room and hides them in 120 classes", () => {
  ok(confusionSvg(labels(12), square(12, 77)).includes(">77</text>"));
  const crowded = confusionSvg(labels(120), square(120, 77));
  ok(!crowded.includes(">77</text>"));
  ok(crowded.includes(">class 119</text>"));
});

Deno.test("confusionSvg() shortens a long label", () => {
  const svg = confusionSvg(["x".repeat(300), "dog"], square(2));
  ok(!svg.includes("x".repeat(40)) && svg.includes("…"));
});

Deno.test("confusionSvg() is well-formed whatever the labels hold", () => {
  assertWellFormed(confusionSvg(awkwardLabels, square(awkwardLabels.length)));
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "binary" }), { maxLength: 12 }),
      (names) => {
        assertWellFormed(confusionSvg(names, square(names.length, 1)));
      },
    ),
  );
});

Deno.test("confusionSvg() refuses a matrix that does not match the labels", () => {
  throws(() => confusionSvg(["cat"], square(2)), /of 1 classes/);
  throws(() => confusionSvg(["cat", "dog"], [[1, 2], [3]]), RangeError);
});
