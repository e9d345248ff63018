import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import fc from "fast-check";
import { niceTicks } from "./_svg.ts";
import { assertWellFormed } from "./_xml_testing.ts";
import { curvesSvg, ratesSvg } from "./curves.ts";

function points(svg: string, className: string): number[][][] {
  const lines = svg.matchAll(
    new RegExp(`<polyline points="([^"]*)"[^>]*class="${className}"`, "g"),
  );
  return Array.from(
    lines,
    ([, places]) =>
      places.split(" ").map((place) => place.split(",").map(Number)),
  );
}

Deno.test("curvesSvg() names both curves and their last values", () => {
  const svg = curvesSvg({
    train: [{ step: 0, loss: 1.5, accuracy: 0.25 }, {
      step: 10,
      loss: 0.1234,
      accuracy: 0.9,
    }],
    validation: [{ step: 10, loss: 0.5, accuracy: 0.815 }],
  });
  for (
    const text of [
      "Loss",
      "Accuracy",
      "train",
      "validation",
      ">0.123<",
      ">90.0 %<",
      ">0.5<",
      ">81.5 %<",
    ]
  ) {
    ok(svg.includes(text), text);
  }
});

Deno.test("curvesSvg() sets the last step at the right end and higher losses higher", () => {
  const svg = curvesSvg({
    train: [{ step: 0, loss: 2 }, { step: 7, loss: 1 }, { step: 14, loss: 0 }],
    validation: [],
  });
  const [[first, middle, last]] = points(svg, "train-line");
  strictEqual(middle[0], (first[0] + last[0]) / 2);
  strictEqual(middle[1], (first[1] + last[1]) / 2);
  ok(first[1] < last[1]);
  ok(svg.includes(`x2="${last[0]}"`), "the axis ends at the last step");
});

Deno.test("curvesSvg() draws many points as a faint line under their running mean", () => {
  const train = Array.from(
    { length: 1000 },
    (_, step) => ({ step, loss: step % 2 }),
  );
  const [raw, mean] = points(
    curvesSvg({ train, validation: [] }),
    "train-line",
  );
  const heights = (line: number[][]) =>
    Math.max(...line.map(([, y]) => y)) - Math.min(...line.map(([, y]) => y));
  ok(heights(mean) < heights(raw) / 5);
});

Deno.test("curvesSvg() says where nothing was measured and leaves out what is not finite", () => {
  const svg = curvesSvg({
    train: [{ step: 1, loss: NaN, accuracy: Infinity }],
    validation: [],
  });
  strictEqual(svg.split("nothing measured").length - 1, 2);
  ok(!svg.includes("NaN") && !svg.includes("Infinity"));
});

Deno.test("curvesSvg() is well-formed and within its paper for any curve", () => {
  const point = fc.record({
    step: fc.nat(2000),
    loss: fc.double(),
    accuracy: fc.double({ min: 0, max: 1 }),
  });
  const curve = fc.array(point, { maxLength: 200 });
  fc.assert(
    fc.property(
      curve,
      curve,
      (train, validation) => {
        const losses = (points: typeof train) =>
          points.map((point) => ({ ...point, loss: Math.abs(point.loss) }));
        const svg = curvesSvg({
          train: losses(train),
          validation: losses(validation),
        });
        assertWellFormed(svg);
        for (
          const [x, y] of [
            ...points(svg, "train-line"),
            ...points(svg, "validation-line"),
          ].flat()
        ) {
          ok(x >= 0 && x <= 960 && y >= 0 && y <= 340, `${x}, ${y}`);
        }
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("niceTicks() gives round steps that reach the highest value", () => {
  deepStrictEqual(niceTicks(0.3, 3), [0, 0.1, 0.2, 0.3]);
  deepStrictEqual(niceTicks(1000, 5), [0, 200, 400, 600, 800, 1000]);
  deepStrictEqual(niceTicks(2.4, 5), [0, 0.5, 1, 1.5, 2, 2.5]);
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (highest) => {
      const ticks = niceTicks(highest, 5);
      ok(ticks[ticks.length - 1] >= highest * 0.999999);
      ok(ticks.length >= 3 && ticks.length <= 8, String(ticks));
    }),
  );
});

Deno.test("ratesSvg() draws losses by the logarithm of their rates", () => {
  const points = [1e-4, 1e-3, 1e-2].map((rate, index) => ({
    rate,
    loss: 3 - index,
  }));
  const svg = ratesSvg(points, 1e-3);
  const [, line] = /<polyline points="([^"]+)"/.exec(svg) ?? [];
  const [a, b, c] = line.split(" ").map((pair) => pair.split(",").map(Number));
  // Equal factors are equal distances.
  strictEqual(Math.round(b[0] - a[0]), Math.round(c[0] - b[0]));
  ok(a[1] < b[1] && b[1] < c[1]);
  ok(svg.includes("0.001 is suggested") && !svg.includes("NaN"));
});

Deno.test("curvesSvg() is not drawn for a few losses far above all others, and says that they are", () => {
  const train = Array.from({ length: 200 }, (_, step) => ({
    step,
    loss: step < 4 ? 35 - step : 1.2 - step / 400,
  }));
  const svg = curvesSvg({ train, validation: [] });
  ok(svg.includes("up to 35<"));
  const [raw] = points(svg, "train-line");
  const heights = raw.map(([, y]) => y);
  // The usual values fill the chart, from its upper edge on.
  ok(Math.min(...heights) < 45 && Math.max(...heights) > 220, String(heights));
  const calm = curvesSvg({ train: train.slice(4), validation: [] });
  ok(!calm.includes("up to"));
});

Deno.test("curvesSvg() counts epochs where the recipe does", () => {
  const train = [{ step: 12, loss: 1 }, { step: 120, loss: 0.5 }];
  const svg = curvesSvg({ train, validation: [], stepsPerEpoch: 12 });
  ok(svg.includes(">epoch<") && !svg.includes(">step<"));
  ok(svg.includes(">10<") && !svg.includes(">120<"));
});

Deno.test("curvesSvg() of a long training is not much longer than that of a short one", () => {
  const train = (count: number) =>
    Array.from({ length: count }, (_, step) => ({
      step,
      loss: 1 + Math.sin(step) / 3,
      accuracy: 0.5,
    }));
  const sizeOf = (count: number) =>
    curvesSvg({ train: train(count), validation: [] }).length;
  ok(sizeOf(30_000) < 1.2 * sizeOf(1000));
});

Deno.test("curvesSvg() draws the smallest and the largest losses there are", () => {
  for (const loss of [5e-324, 1e-15, 1.7e308]) {
    const train = [{ step: 1, loss }, { step: 2, loss: loss / 2 }];
    const svg = curvesSvg({ train, validation: [] });
    assertWellFormed(svg);
    ok(!/NaN|Infinity/.test(svg), svg);
  }
});
