import { ok, strictEqual } from "@std/assert";
import { dispatch, kernelNamed } from "../kernels/mod.ts";
import { openLocalSession } from "../src/gpu/local_session.ts";
import { profileProgram } from "./profile.ts";

// How long they are apart is the adapter's word: llvmpipe's says little.
Deno.test("profileProgram() gives each dispatch the time between its timestamps", async () => {
  const session = await openLocalSession();
  try {
    const relu = (size: number) =>
      dispatch(kernelNamed("unary"), {
        params: { size },
        variant: { function: "relu" },
        reads: [0],
        writes: [1],
        label: `relu of ${size}`,
      });
    const bytes = 2 ** 24;
    const handle = await session.load({
      program: {
        label: "profiled",
        steps: [relu(8), relu(bytes / 4)],
        buffers: [{ bytes }, { bytes }],
      },
      constants: new Map(),
    });
    await session.run(handle);
    const times = await profileProgram(session, handle);
    strictEqual(times.length, 2);
    ok(times.every((time) => time >= 0 && time < 60_000), `${times}`);
  } finally {
    await session.close();
  }
});
