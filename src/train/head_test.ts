import { deepStrictEqual, strictEqual } from "@std/assert";
import fc from "fast-check";
import { testValues } from "../../kernels/testing.ts";
import {
  areFinite,
  packedSize,
  packParameters,
  packPlaces,
  unpackParameters,
} from "./head.ts";

Deno.test("unpackParameters() gives back what packParameters() padded to whole vec4s", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 20 }),
    fc.integer({ min: 1, max: 9 }),
    (features, classes) => {
      const shape = { features, classes };
      const parameters = {
        weights: testValues(features * classes),
        bias: testValues(classes, 2),
      };
      const packed = packParameters(shape, parameters);
      strictEqual(packed.length, packedSize(shape));
      deepStrictEqual(unpackParameters(shape, packed), parameters);
      const sum = (values: Float32Array): number =>
        values.reduce((total, value) => total + Math.abs(value), 0);
      const inside = sum(Float32Array.of(...parameters.weights)) +
        sum(parameters.bias);
      strictEqual(Math.abs(sum(packed) - inside) < 1e-4, true);
    },
  ));
});

Deno.test("packPlaces() begins each step at a whole vec4", () => {
  deepStrictEqual(
    packPlaces(new Uint32Array([7, 8, 9, 10, 11, 12]), 3),
    new Float32Array([7, 8, 9, 0, 10, 11, 12, 0]),
  );
});

Deno.test("areFinite() sees a single weight or bias that is no number", () => {
  const good = { weights: Float32Array.of(1, -2), bias: Float32Array.of(0) };
  strictEqual(areFinite(good), true);
  strictEqual(areFinite({ ...good, weights: Float32Array.of(1, NaN) }), false);
  strictEqual(areFinite({ ...good, bias: Float32Array.of(-Infinity) }), false);
});
