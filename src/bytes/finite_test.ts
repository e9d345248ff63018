import { strictEqual } from "@std/assert";
import { firstNotFinite, notFiniteText } from "./finite.ts";

Deno.test("firstNotFinite() finds NaN and infinity, and nothing else", () => {
  strictEqual(firstNotFinite(Float32Array.of(0, -3.4e38, 1e-45)), undefined);
  strictEqual(firstNotFinite(Float32Array.of(0, NaN, Infinity)), 1);
  strictEqual(firstNotFinite(Float32Array.of(0, 1, -Infinity)), 2);
});

Deno.test("notFiniteText() counts in words", () => {
  strictEqual(notFiniteText([1, 2]), undefined);
  strictEqual(notFiniteText([NaN, 1, NaN]), "2 NaN");
  strictEqual(
    notFiniteText([Infinity, NaN, -Infinity]),
    "1 NaN and 2 infinite",
  );
});
