import { deepStrictEqual } from "@std/assert";
import { dispatch } from "../../kernels/kernel.ts";
import { pool } from "../../kernels/pool.ts";
import { testValues } from "../../kernels/testing.ts";
import type { Plan } from "../plan/program.ts";
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
      variant: { kind: "max", vector: 4, texels: true },
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
