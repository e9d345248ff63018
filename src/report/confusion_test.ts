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

/** The texts that are drawn, names of cells aside. */
function textsOf(svg: string): string[] {
  return Array.from(svg.matchAll(/<text[^>]*>([^<]*)/g), ([, text]) => text);
}

Deno.test("confusionSvg() cuts a long label in its middle, and names it in full in the cell", () => {
  const long = `n02086240_${"x".repeat(300)}_Shih-Tzu`;
  const svg = confusionSvg([long, "dog"], square(2));
  const cut = textsOf(svg).filter((text) =>
    /^n02086\d+_?x*…x*_Shih-Tzu$/.test(text)
  );
  strictEqual(cut.length, 2, textsOf(svg).join("\n"));
  ok(svg.includes(`<title>${long} called dog: 3 of 6</title>`));
});

Deno.test("confusionSvg() keeps sixty long labels apart, wherever they differ", () => {
  const long = "a rather long beginning that they share";
  const end = "and an end as long that they share";
  const numbers = Array.from({ length: 20 }, (_, index) => 100 + index);
  const names = [
    ...numbers.map((number) => `${number} ${long} ${end}`),
    ...numbers.map((number) => `${long} ${end} ${number}`),
    ...numbers.map((number) => `${long} ${number} ${end}`),
  ];
  const drawn = textsOf(confusionSvg(names, square(60)));
  const cut = new Set(drawn.filter((text) => text.includes("…")));
  strictEqual(cut.size, 60, [...cut].join("\n"));
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
