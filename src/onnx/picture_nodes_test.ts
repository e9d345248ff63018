import { deepStrictEqual, strictEqual } from "@std/assert";
import { resizeReference, resizeScale } from "../../kernels/_resize.ts";
import { assertAllClose } from "../../kernels/testing.ts";
import { GraphSketch } from "../passes/testing.ts";
import { runOnCpu } from "../plan/testing.ts";
import { importOnnx } from "./import.ts";
import type { OnnxModel } from "./model.ts";
import { fromPicture, type PictureResize } from "./picture_nodes.ts";
import { toOnnx } from "./to_onnx.ts";

/** A model that gives back the pixels that it is fed with, of a picture of any size. */
function pixelsOf(resize: PictureResize): OnnxModel {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, resize.height, resize.width, 3]);
  const whole = toOnnx(sketch.finish(sketch.unary("identity", x)));
  return fromPicture(whole, resize);
}

/** What becomes of a picture as we resize it. */
function expectedOf(
  picture: Float32Array,
  [inHeight, inWidth]: readonly [number, number],
  resize: PictureResize,
): Float32Array {
  const { height, width, halfPixelCenters } = resize;
  const side = (inSize: number, outSize: number) => ({
    size: inSize,
    scale: resizeScale({ inSize, outSize }, resize),
  });
  const made = new Float32Array(height * width * 3);
  resizeReference(picture, {
    rows: side(inHeight, height),
    columns: side(inWidth, width),
    ...{ channels: 3, outHeight: height, outWidth: width, halfPixelCenters },
    store(value, pixel, channel) {
      made[pixel * 3 + channel] = value;
    },
  });
  return made;
}

Deno.test("fromPicture() resizes a picture of any size as we do it, by each of TensorFlow's rules", () => {
  const sizes = [[7, 6], [3, 9], [4, 5]] as const;
  const rules = [[false, false], [true, false], [false, true]];
  for (const [alignCorners, halfPixelCenters] of rules) {
    const resize = { height: 4, width: 5, alignCorners, halfPixelCenters };
    const { graph, ...model } = pixelsOf(resize);
    for (const [height, width] of sizes) {
      const picture = Float32Array.from(
        { length: height * width * 3 },
        (_, at) => at * 37 % 256,
      );
      // An input's first size is that of the batch, unless the file says it.
      const inputs = graph.inputs.map((input) => ({
        ...input,
        shape: [height, width, 3],
      }));
      const imported = importOnnx({ ...model, graph: { ...graph, inputs } });
      const [made] = runOnCpu(imported, { picture });
      const expected = expectedOf(picture, [height, width], resize);
      assertAllClose(made, expected, { absolute: 1e-3 });
    }
  }
});

Deno.test("fromPicture() names all it writes once, each before what reads it", () => {
  const resampling = { filter: "bicubic", shorterSide: 9 } as const;
  const rules = { alignCorners: false, halfPixelCenters: false };
  for (const [height, width] of [[8, 8], [8, 5]]) {
    for (const more of [{}, { resampling }]) {
      const { graph } = pixelsOf({ height, width, ...rules, ...more });
      const [{ name, shape }] = graph.inputs;
      deepStrictEqual([name, shape], ["picture", ["height", "width", 3]]);
      const known = new Set(["", name]);
      const add = (made: string) => {
        strictEqual(known.has(made), false, `${made} is there twice`);
        known.add(made);
      };
      for (const { name } of graph.initializers) add(name);
      for (const { inputs, outputs } of graph.nodes) {
        const missing = inputs.filter((input) => !known.has(input));
        deepStrictEqual(missing, []);
        outputs.forEach(add);
      }
      const read = new Set(graph.nodes.flatMap(({ inputs }) => inputs));
      const unread = graph.initializers.filter(({ name }) => !read.has(name));
      deepStrictEqual(unread, []);
    }
  }
});
