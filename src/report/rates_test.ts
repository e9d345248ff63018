import { ok, strictEqual } from "@std/assert";
import { ratesSvg } from "./rates.ts";

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
