import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import fc from "fast-check";
import cases from "../../tests/golden/geometry.json" with { type: "json" };
import { resolvePads, windowedSize } from "./geometry.ts";

/** A window along the height only, as in the golden file. */
function geometryOf(one: { window: number; stride: number; dilation: number }) {
  return {
    window: { height: one.window, width: 1 },
    strides: { height: one.stride, width: 1 },
    dilations: { height: one.dilation, width: 1 },
  };
}

Deno.test("resolvePads() and windowedSize() put windows where TensorFlow puts them", () => {
  for (const one of cases) {
    const geometry = geometryOf(one);
    const input = { height: one.size, width: 1 };
    const { padding } = one;
    const pads = resolvePads(
      input,
      Array.isArray(padding)
        ? { top: padding[0], bottom: padding[1], left: 0, right: 0 }
        : padding === "SAME"
        ? "SAME"
        : "VALID",
      geometry,
    );
    const { height, width } = windowedSize(input, pads, geometry);
    const taps = Array.from({ length: height }, (_, index) => {
      const pixel = index * one.stride - pads.top;
      return pixel >= 0 && pixel < one.size ? pixel + 1 : 0;
    });
    deepStrictEqual(taps, one.taps, JSON.stringify(one));
    strictEqual(width, 1);
  }
});

Deno.test("resolvePads() pads SAME at the bottom and the right first", () => {
  const two = { height: 2, width: 2 };
  const pads = resolvePads({ height: 224, width: 7 }, "SAME", {
    window: { height: 3, width: 2 },
    strides: two,
    dilations: { height: 1, width: 1 },
  });
  deepStrictEqual(pads, { top: 0, bottom: 1, left: 0, right: 1 });
});

Deno.test("resolvePads() makes SAME give ceil(size / stride) for any window", () => {
  const natural = fc.integer({ min: 1, max: 40 });
  fc.assert(fc.property(natural, natural, natural, natural, (h, k, s, d) => {
    const geometry = geometryOf({ window: k, stride: s, dilation: d });
    const input = { height: h, width: 1 };
    const pads = resolvePads(input, "SAME", geometry);
    strictEqual(windowedSize(input, pads, geometry).height, Math.ceil(h / s));
    ok(pads.bottom - pads.top === 0 || pads.bottom - pads.top === 1);
  }));
});
