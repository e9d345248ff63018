import { deepStrictEqual } from "@std/assert";
import { accumulate } from "../../kernels/accumulate.ts";
import { dispatch } from "../../kernels/kernel.ts";
import { pool } from "../../kernels/pool.ts";
import { softmaxCrossEntropy } from "../../kernels/softmax_cross_entropy.ts";
import { assertAllClose, testValues } from "../../kernels/testing.ts";
import type { Plan } from "../../kernels/program.ts";
import { openLocalSession } from "./local_session.ts";

/** Four channels a pixel, one texel each: a line of the texture and some. */
const pixels = 4096 + 904;

const floats = pixels * 4;

/** Twice the identity, a maximum of windows of one pixel: x to a slot to y. */
function identityPlan(): Plan {
  const size = {
    batch: 1,
    inHeight: 1,
    inWidth: pixels,
    outHeight: 1,
    outWidth: pixels,
  };
  const step = (from: number, to: number) => ({
    ...dispatch(pool, {
      params: {
        ...size,
        channels: 4,
        windowHeight: 1,
        windowWidth: 1,
        strideHeight: 1,
        strideWidth: 1,
        padTop: 0,
        padLeft: 0,
        yStride: 4,
        yOffset: 0,
      },
      variant: { kind: "max", vector: 4, asTexels: "x" },
      reads: [from],
      writes: [to],
      label: "identity",
    }),
    readBytes: [floats * 4],
  });
  return {
    program: {
      label: "identity",
      buffers: [
        { name: "identity: x", bytes: floats * 4 },
        // A slot that another tensor needs to be larger.
        { bytes: floats * 8 },
        { name: "identity: y", bytes: floats * 4 },
      ],
      steps: [step(0, 1), step(1, 2)],
    },
    constants: new Map(),
  };
}

Deno.test("texels follow their buffers, whether a step or a write has changed them", async () => {
  const session = await openLocalSession();
  const before = await session.liveBuffers();
  const program = await session.load(identityPlan());
  const expected = testValues(floats);
  await session.write("identity: x", expected);
  const result = async () => {
    await session.run(program);
    return new Float32Array(await session.read("identity: y"));
  };
  deepStrictEqual(await result(), expected);
  const part = testValues(12, 2);
  await session.write("identity: x", part, 4096 * 16);
  expected.set(part, 4096 * 4);
  deepStrictEqual(await result(), expected);
  await session.unload(program);
  // The two named buffers stay, and the texels of the one that is read.
  deepStrictEqual(await session.liveBuffers() - before, 3);
  await session.close();
});

Deno.test("what a step writes as texels is there to be read, to be written to in part, and for other steps", async () => {
  const session = await openLocalSession();
  const { params, variant, reads, writes } = softmaxCrossEntropy.example();
  const data = [...reads, ...writes];
  const plan: Plan = {
    program: {
      label: "loss and copy",
      buffers: [
        ...data.map(({ byteLength }, at) => ({
          name: `loss ${at}`,
          bytes: Math.ceil(byteLength / 16) * 16,
        })),
        { name: "the sum", bytes: 32 },
      ],
      steps: [
        dispatch(softmaxCrossEntropy, {
          params,
          variant: { ...variant, texels: true },
          reads: [0, 1, 2],
          writes: [3, 4, 5],
          label: "loss",
        }),
        // It reads, and adds to, buffers.
        dispatch(accumulate, {
          params: { size: 8 },
          variant: { vector: 4 },
          reads: [3],
          writes: [6],
          label: "accumulate",
        }),
      ],
    },
    constants: new Map(),
  };
  const program = await session.load(plan);
  for (const [at, array] of data.entries()) {
    await session.write(`loss ${at}`, array);
  }
  const run = async () => {
    await session.write("loss 5", writes[2]);
    await session.run(program);
  };
  await run();
  const expected = writes.map((array) => array.slice());
  softmaxCrossEntropy.reference({ params, variant, reads, writes: expected });
  const read = async (name: string) =>
    new Float32Array(await session.read(name, 32));
  assertAllClose(await read("the sum"), expected[0]);
  await run();
  assertAllClose(await read("loss 3"), expected[0]);
  await run();
  await session.write("loss 3", new Float32Array([7, 8]), 8);
  assertAllClose(await read("loss 3"), [
    ...expected[0].subarray(0, 2),
    7,
    8,
    ...expected[0].subarray(4),
  ]);
  await session.close();
});
