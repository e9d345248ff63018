import { deepStrictEqual, match, ok, strictEqual, throws } from "@std/assert";
import fc from "fast-check";
import { textWidth } from "./_svg.ts";
import { assertWellFormed, awkwardLabels } from "./_xml_testing.ts";
import { gridSvg, type PredictedPicture } from "./grid.ts";

const jpeg = "data:image/jpeg;base64,/9j/";
const png = "data:image/png;base64,iVBORw0KGgo=";

function picture(more: Partial<PredictedPicture> = {}): PredictedPicture {
  const plain = { path: "a.jpg", label: "daisy", confidence: 0.93 };
  return { ...plain, truth: "daisy", thumbnail: jpeg, ...more };
}

/** The texts that are drawn, with the class of each. */
function textsOf(svg: string): [className: string, text: string][] {
  const texts = svg.matchAll(/<text[^>]* class="(\w+)"[^>]*>([^<]*)<\/text>/g);
  return Array.from(texts, ([, className, text]) => [className, text]);
}

Deno.test("gridSvg() writes right answers in ink, wrong ones red, unknown ones grey", () => {
  const grid = gridSvg([
    picture(),
    picture({ truth: "iris" }),
    picture({ truth: undefined }),
  ]);
  const labels = textsOf(grid).filter(([, text]) => text === "daisy");
  deepStrictEqual(labels.map(([name]) => name), ["ink", "wrong", "muted"]);
  match(grid, /<text[^>]* fill="#b3141c" class="wrong">daisy</);
});

Deno.test("gridSvg() names the truth under a wrong answer only, and makes room for it", () => {
  const wrong = gridSvg([picture({ truth: "iris" })]);
  ok(wrong.includes(">truth: iris</text>"));
  const right = gridSvg([picture()]);
  ok(!right.includes("truth:"));
  const heightOf = (svg: string) => Number(/ height="(\d+)"/.exec(svg)?.[1]);
  strictEqual(heightOf(wrong) - heightOf(right), 22);
});

Deno.test("gridSvg() sets the pictures in rows of four", () => {
  const grid = gridSvg(Array.from({ length: 6 }, () => picture()));
  const places = grid.matchAll(/translate\((\d+) (\d+)\)/g);
  const rows = Map.groupBy(places, ([, , top]) => top);
  const lefts = Array.from(rows.values(), (row) => row.map(([, left]) => left));
  deepStrictEqual(lefts, [["16", "256", "496", "736"], ["16", "256"]]);
  match(grid, /^<svg[^>]* width="976"/);
});

Deno.test("gridSvg() cuts a long label in its middle, clips it to its cell, and names it in full", () => {
  const long = "W".repeat(300);
  const grid = gridSvg([picture({ label: long, truth: "x".repeat(300) })]);
  const [label, , truth] = textsOf(grid).map(([, text]) => text);
  match(label, /^W+…W+$/);
  match(truth, /^truth: x+…x+$/);
  ok(textWidth(label) * 16 <= 224 - 56 && textWidth(truth) * 16 <= 224);
  match(grid, /<g clip-path="url\(#first\)"><text[^>]*>W+…W+<\/text><\/g>/);
  match(grid, /<clipPath id="first"><rect[^>]* width="168"/);
  ok(grid.includes(`<title>a.jpg: ${long} 93 %</title>`));
});

Deno.test("gridSvg() never cuts a letter from its marks", () => {
  for (const letter of ["é", "नि", "👩‍🚀"]) {
    const grid = gridSvg([picture({ label: letter.repeat(60) })]);
    const [[, label]] = textsOf(grid);
    const kept = label.replace("…", "");
    strictEqual(kept, letter.repeat(kept.length / letter.length));
  }
});

Deno.test("gridSvg() lets labels from right to left begin at the right, beside what is not theirs", () => {
  const texts = (more: Partial<PredictedPicture>) =>
    textsOf(gridSvg([picture(more)])).map(([, text]) => text);
  strictEqual(
    texts({ label: "ורד אדום", truth: "x" })[0],
    "\u2068ורד אדום\u2069",
  );
  match(texts({ label: "ورد أحمر ".repeat(9) })[0], /^\u2068ورد.*….*\u2069$/);
  strictEqual(texts({ truth: "ورد" })[2], "truth: \u2068ورد\u2069");
  strictEqual(texts({})[0], "daisy");
});

Deno.test("gridSvg() keeps the pixels of a tiny picture, which is a PNG, as squares", () => {
  ok(gridSvg([picture({ thumbnail: png })]).includes("pixelated"));
  ok(!gridSvg([picture()]).includes("pixelated"));
});

Deno.test("gridSvg() is well-formed whatever label, path, truth and confidence are", () => {
  const check = (text: string, confidence: number) => {
    const same = { path: text, label: text, truth: `${text}!`, confidence };
    const svg = gridSvg([picture(same), picture()]);
    assertWellFormed(svg);
    ok(!/<script\b/.test(svg));
    if (!text.includes("NaN")) ok(!svg.includes("NaN"));
  };
  for (const label of awkwardLabels) check(label, 0.5);
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      fc.double({ min: 0, max: 1 }),
      check,
    ),
    { numRuns: 100 },
  );
});

Deno.test("gridSvg() refers to nothing outside itself", () => {
  const hostile = [
    "https://example.com/x.png",
    "data:image/svg+xml,<svg/>",
    `data:image/png;base64,AAAA"/><image href="https://example.com/x`,
    "javascript:alert(1)",
  ];
  const grid = gridSvg([
    picture(),
    ...hostile.map((thumbnail) => picture({ thumbnail })),
  ]);
  const references = Array.from(
    grid.matchAll(/(?:href|src)="([^"]*)"|url\(([^)]*)\)/g),
    ([, href, url]) => href ?? url,
  );
  deepStrictEqual(new Set(references), new Set([jpeg, "#first"]));
  ok(!/<(?:script|style|foreignObject|use)\b|@import|example\.com/.test(grid));
});

Deno.test("gridSvg() refuses no pictures", () => {
  throws(() => gridSvg([]), /at least one/);
});
