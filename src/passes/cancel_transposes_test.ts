import { deepStrictEqual } from "@std/assert";
import { cancelTransposes } from "./cancel_transposes.ts";
import { assertSameResults, GraphSketch, opsOf } from "./testing.ts";

const first = [0, 3, 1, 2];
const last = [0, 2, 3, 1];

/** Ops that are left; what is computed has to be the same. */
function leftOf(
  draw: (sketch: GraphSketch, x: string) => readonly string[],
): string[] {
  const sketch = new GraphSketch();
  const outputs = draw(sketch, sketch.input("x", [1, 3, 4, 5]));
  const before = sketch.finish(...outputs);
  const after = cancelTransposes(before);
  assertSameResults(before, after);
  return opsOf(after);
}

Deno.test("cancelTransposes() leaves nothing of a transpose and what undoes it", () => {
  deepStrictEqual(
    leftOf((sketch, x) => [
      sketch.unary(
        "relu",
        sketch.transpose(sketch.transpose(x, first), last),
      ),
    ]),
    ["unary"],
  );
});

Deno.test("cancelTransposes() moves them past what works in any order of axes", () => {
  deepStrictEqual(
    leftOf((sketch, x) => {
      const turned = sketch.transpose(x, first);
      const shifted = sketch.binary("add", [
        turned,
        sketch.constant([5, 1, 1]),
      ]);
      const joined = sketch.concat([sketch.unary("relu", shifted), turned], 1);
      const back = sketch.transpose(joined, last);
      return [sketch.conv(back, { channels: 2 })];
    }),
    ["binary", "unary", "concat", "conv2d"],
  );
});

Deno.test("cancelTransposes() turns a constant that is subtracted from the left", () => {
  deepStrictEqual(
    leftOf((sketch, x) => {
      const turned = sketch.transpose(x, first);
      const rows = sketch.constant([3, 4]);
      return [
        sketch.conv(
          sketch.transpose(sketch.binary("sub", [rows, turned]), last),
          { channels: 2 },
        ),
      ];
    }),
    ["binary", "conv2d"],
  );
});

Deno.test("cancelTransposes() joins two into one, and keeps outputs where they are", () => {
  deepStrictEqual(
    leftOf((sketch, x) => [
      sketch.transpose(sketch.transpose(x, first), first),
    ]),
    ["transpose"],
  );
  deepStrictEqual(
    leftOf((sketch, x) => {
      const turned = sketch.transpose(x, first);
      return [turned, sketch.transpose(turned, last)];
    }),
    ["transpose", "reshape"],
  );
});

Deno.test("cancelTransposes() leaves what a reader of another kind has to have", () => {
  deepStrictEqual(
    leftOf((sketch, x) => {
      const turned = sketch.transpose(x, first);
      return [sketch.unary("relu", turned), sketch.reshape(turned, [1, 60])];
    }),
    ["transpose", "unary", "reshape"],
  );
});
