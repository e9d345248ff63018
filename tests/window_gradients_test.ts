/** The gradients of convolutions and pools against those of TensorFlow's ops (`golden/gradients.py`). */
import {
  conv2dFilterGradient,
  conv2dFilterGradientCall,
} from "../kernels/conv2d_filter_gradient.ts";
import {
  conv2dInputGradient,
  conv2dInputGradientVariant,
} from "../kernels/conv2d_input_gradient.ts";
import {
  depthwiseFilterGradient,
  depthwiseFilterGradientCall,
} from "../kernels/depthwise_filter_gradient.ts";
import {
  depthwiseInputGradient,
  depthwiseInputGradientCall,
} from "../kernels/depthwise_input_gradient.ts";
import { referenceOf } from "../kernels/gradient_testing.ts";
import { pool } from "../kernels/pool.ts";
import { poolGradient, poolGradientVariant } from "../kernels/pool_gradient.ts";
import { testValues } from "../kernels/testing.ts";
import { outputPixels, type WindowShape } from "../kernels/window.ts";
import { resolvePads, windowedSize } from "../src/graph/geometry.ts";
import convCases from "./golden/gradients/conv2d.json" with { type: "json" };
import depthwiseCases from "./golden/gradients/depthwise.json" with {
  type: "json",
};
import poolCases from "./golden/gradients/pool.json" with { type: "json" };
import {
  checkClose,
  product,
  run,
  slopeSeed,
  summed,
} from "./gradient_testing.ts";

interface WindowCase {
  readonly x: readonly number[];
  readonly window: readonly number[];
  readonly stride: number;
  readonly dilation: number;
  readonly padding: string;
}

function shapeOf({ x, window, stride, dilation, padding }: WindowCase) {
  const [batch, inHeight, inWidth] = x;
  const geometry = {
    window: { height: window[0], width: window[1] },
    strides: { height: stride, width: stride },
    dilations: { height: dilation, width: dilation },
  };
  const input = { height: inHeight, width: inWidth };
  const rule = padding === "SAME" ? "SAME" : "VALID";
  const pads = resolvePads(input, rule, geometry);
  const output = windowedSize(input, pads, geometry);
  return {
    ...{ batch, inHeight, inWidth, padTop: pads.top, padLeft: pads.left },
    ...{ outHeight: output.height, outWidth: output.width },
    ...{ windowHeight: window[0], windowWidth: window[1] },
    ...{ strideHeight: stride, strideWidth: stride },
    ...{ dilationHeight: dilation, dilationWidth: dilation },
  } satisfies WindowShape;
}

for (const one of convCases) {
  Deno.test(`conv2d gradients agree with TensorFlow: ${one.name}`, async () => {
    const shape = {
      ...shapeOf({ ...one, window: one.w }),
      ...{ inChannels: one.x[3], outChannels: one.w[3] },
    };
    const [x, w] = [testValues(product(one.x)), testValues(product(one.w), 2)];
    const dy = testValues(outputPixels(shape) * shape.outChannels, slopeSeed);
    const [dx] = await run(conv2dInputGradient, {
      params: shape,
      variant: conv2dInputGradientVariant(shape),
      reads: [dy, w],
      writes: [new Float32Array(x.length)],
    });
    checkClose(dx, { expected: one.gradients.x, name: "x" });
    const call = conv2dFilterGradientCall(shape);
    const [partials] = await run(conv2dFilterGradient, {
      ...call,
      reads: [x, dy],
      writes: [new Float32Array(call.params.splits * w.length)],
    });
    const gradient = await summed(partials, call.params);
    checkClose(gradient, { expected: one.gradients.w, name: "w" });
  });
}

for (const one of depthwiseCases) {
  Deno.test(`depthwise gradients agree with TensorFlow: ${one.name}`, async () => {
    const shape = {
      ...shapeOf({ ...one, window: one.w }),
      ...{ inChannels: one.x[3], multiplier: one.w[3] },
    };
    const channels = shape.inChannels * shape.multiplier;
    const [x, w] = [testValues(product(one.x)), testValues(product(one.w), 2)];
    const dy = testValues(outputPixels(shape) * channels, slopeSeed);
    const [dx] = await run(depthwiseInputGradient, {
      ...depthwiseInputGradientCall(shape),
      reads: [dy, w],
      writes: [new Float32Array(x.length)],
    });
    checkClose(dx, { expected: one.gradients.x, name: "x" });
    // Software takes windows whole, others row by row.
    for (const texels of [false, true]) {
      const call = depthwiseFilterGradientCall(shape, { texels });
      const [partials] = await run(depthwiseFilterGradient, {
        ...call,
        reads: [x, dy],
        writes: [new Float32Array(call.params.splits * w.length)],
      });
      const gradient = await summed(partials, call.params);
      checkClose(gradient, { expected: one.gradients.w, name: "w" });
    }
  });
}

for (const one of poolCases) {
  Deno.test(`poolGradient() agrees with TensorFlow: ${one.name}`, async () => {
    const kind = one.kind === "max" ? "max" : "average";
    const window = [one.window, one.window];
    const channels = one.x[3];
    const shape = { ...shapeOf({ ...one, window, dilation: 1 }), channels };
    const x = testValues(product(one.x)).map((value) =>
      Math.round(value * one.levels)
    );
    const values = outputPixels(shape) * channels;
    const [y] = referenceOf(pool, {
      params: { ...shape, yStride: channels, yOffset: 0 },
      variant: { kind, vector: 1 },
      reads: [x],
      writes: [new Float32Array(values)],
    });
    const dy = testValues(values, slopeSeed);
    const variant = poolGradientVariant(shape, { kind });
    const used = Object.keys(poolGradient.reads(variant)).length;
    const [dx] = await run(poolGradient, {
      params: shape,
      variant,
      reads: [dy, x, y].slice(0, used),
      writes: [new Float32Array(x.length)],
    });
    checkClose(dx, { expected: one.gradients.x, name: "x" });
  });
}
