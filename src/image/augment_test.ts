import { deepStrictEqual, notDeepStrictEqual, ok, throws } from "@std/assert";
import fc from "fast-check";
import { augment, defaultAugmentation, parseAugmentation } from "./augment.ts";

const size = { height: 5, width: 6, channels: 2 };
const pixels = Float32Array.from({ length: 60 }, (_, index) => index * 4);
const nothing = parseAugmentation("crop=0");

function at(values: Float32Array, y: number, x: number): number[] {
  return [...values.subarray((y * 6 + x) * 2, (y * 6 + x) * 2 + 2)];
}

Deno.test("augment() changes nothing where all amounts are 0", () => {
  const same = augment(pixels, { amounts: nothing, seed: 1, number: 9 }, size);
  deepStrictEqual(same, pixels);
});

Deno.test("augment() mirrors left to right", () => {
  const flipped = augment(pixels, {
    amounts: parseAugmentation("flip=1"),
    seed: 0,
    number: 0,
  }, size);
  deepStrictEqual(at(flipped, 2, 0), at(pixels, 2, 5));
  deepStrictEqual(at(flipped, 4, 1), at(pixels, 4, 4));
});

Deno.test("augment() crops from a reflected border, as PyTorch pads with it", () => {
  // Whatever the shift, pixels are those of the reflected picture there.
  const reflect = (position: number, size: number) => {
    const inside = Math.abs(position);
    return inside < size ? inside : 2 * (size - 1) - inside;
  };
  fc.assert(fc.property(fc.nat({ max: 1000 }), (number) => {
    const cropped = augment(pixels, {
      amounts: parseAugmentation("crop=2"),
      seed: 4,
      number,
    }, size);
    const shifts = [-2, -1, 0, 1, 2];
    ok(
      shifts.some((down) =>
        shifts.some((right) =>
          Array.from({ length: 30 }, (_, index) => index).every((index) => {
            const [y, x] = [Math.floor(index / 6), index % 6];
            const from = [reflect(y + down, 5), reflect(x + right, 6)] as const;
            return at(cropped, y, x).join() === at(pixels, ...from).join();
          })
        )
      ),
    );
  }));
});

Deno.test("augment() stays in 0 to 255, is the same for the same number, and another for others", () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat({ max: 1e6 }), (seed, number) => {
      const change = { amounts: defaultAugmentation, seed, number };
      const one = augment(pixels, change, size);
      ok(one.every((value) => value >= 0 && value <= 255));
      deepStrictEqual(augment(pixels, change, size), one);
      const other = { ...change, number: number + 1 };
      notDeepStrictEqual(augment(pixels, other, size), one);
    }),
    { numRuns: 30 },
  );
});

Deno.test("parseAugmentation() names what it does not know", () => {
  throws(() => parseAugmentation("crop,mirror"), /no "mirror", expected some/);
  throws(() => parseAugmentation("flip=2"), /flip takes 0 to 1, got "2"/);
  throws(() => parseAugmentation("crop="), /crop takes 0 to 64, got ""/);
});
