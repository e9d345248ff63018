import { throws } from "@std/assert";
import { activationFunctions, definitionOf } from "./activation.ts";
import { activationGradient } from "./activation_gradient.ts";
import { binary, binaryCall } from "./binary.ts";
import {
  conv2d,
  conv2dCall,
  packBias,
  packFilter,
  pointwise,
} from "./conv2d.ts";
import { checkGradient, referenceOf } from "./gradient_testing.ts";
import { wgslOf } from "./kernel.ts";
import { kernelNamed } from "./mod.ts";
import { checkKernel, testSession, testValues } from "./testing.ts";
import { unary } from "./unary.ts";

/** Away from corners at -3, 0, 3 and 6. */
const x = new Float32Array([
  -8,
  -3.5,
  -0.5,
  0.5,
  1,
  2.25,
  4,
  5.5,
  6.5,
  9,
  11,
  12,
]);
const size = x.length;
const ones = new Float32Array(size).fill(1);
const dy = testValues(size, 2);

for (const activation of activationFunctions) {
  Deno.test(`the table of activations has every part of ${activation}`, async () => {
    const session = await testSession();
    const y = new Float32Array(size);
    const apply = {
      params: { size },
      variant: { function: activation },
      reads: [x],
      writes: [y],
    };
    await checkKernel(session, unary, apply);
    await checkKernel(session, binary, {
      ...binaryCall({ a: [size], b: [size] }, { function: "mul", activation }),
      reads: [x, ones],
      writes: [y],
    });
    const shape = pointwise({ height: size, inChannels: 1, outChannels: 1 });
    await checkKernel(session, conv2d, {
      ...conv2dCall(shape, { batch: 1, activation }),
      reads: [x, packFilter([1], { depth: 1, columns: 1 }), packBias([0], 1)],
      writes: [y],
    });
    const forward = () => referenceOf(unary, apply)[0];
    const { slopeFrom } = definitionOf(activation);
    const back = {
      params: { size },
      variant: { function: activation, vector: 4, texels: false } as const,
      reads: [slopeFrom === "output" ? forward() : x.slice(), dy],
      writes: [y],
    };
    await checkKernel(session, activationGradient, back);
    const [gradient] = referenceOf(activationGradient, back);
    checkGradient({
      forward,
      slope: dy,
      gradients: { x: { input: x, gradient } },
    });
  });
}

Deno.test("wgslOf() throws for an activation that is not in the table, whoever asks", () => {
  const unknown = /There is no activation "swoosh"/;
  for (
    const name of [
      "binary",
      "batch_norm",
      "conv2d",
      "depthwise_conv2d",
      "winograd_output",
    ]
  ) {
    const kernel = kernelNamed(name);
    const { variant } = kernel.example();
    throws(() => wgslOf(kernel, { ...variant, activation: "swoosh" }), unknown);
  }
  for (const name of ["unary", "activation_gradient"]) {
    const kernel = kernelNamed(name);
    const { variant } = kernel.example();
    throws(() => wgslOf(kernel, { ...variant, function: "swoosh" }), unknown);
  }
});
