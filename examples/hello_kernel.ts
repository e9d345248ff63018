/** A kernel of one's own: WGSL and its reference, on the GPU, compared. */
import { type Kernel, linearGroups } from "../kernels/mod.ts";
import { openLocalSession, selfTestKernel } from "../src/gpu/mod.ts";

/** `y = factor * x`, for `count` values. */
const scale: Kernel = {
  name: "scale",
  params: { count: "u32", factor: "f32" },
  reads: () => ({ x: "f32" }),
  writes: () => ({ y: "f32" }),
  source: () => `
    @compute @workgroup_size(WORKGROUP_X)
    fn main(@builtin(global_invocation_id) id: vec3u) {
      if (id.x < params.count) { y[id.x] = params.factor * x[id.x]; }
    }`,
  groups: ({ count }) => linearGroups(count, 64),
  cost: ({ count }) => ({ flops: count, bytes: 8 * count }),
  reference({ params: { factor }, reads: [x], writes: [y] }) {
    for (const [index, value] of x.entries()) y[index] = factor * value;
  },
  example: () => ({
    params: { count: 1000, factor: 3 },
    variant: {},
    reads: [Float32Array.from({ length: 1000 }, (_, index) => index / 7)],
    writes: [new Float32Array(1000)],
  }),
};

const session = await openLocalSession({ kernels: [scale] });
const { passed, maxError, failure } = await selfTestKernel(session, scale);
console.log(passed ? `right to ${maxError}` : failure ?? `off by ${maxError}`);
await session.close();
