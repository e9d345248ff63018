import { ok, strictEqual } from "@std/assert";
import { dispatch, kernelNamed } from "../../kernels/mod.ts";
import { openLocalSession } from "./local_session.ts";
import { profileProgram } from "./profile.ts";

Deno.test("profileProgram() times each dispatch, a larger one longer", async () => {
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
    ok(times.every((time) => time > 0), `${times}`);
    ok(times[1] > times[0], `${times}`);
  } finally {
    await session.close();
  }
});
