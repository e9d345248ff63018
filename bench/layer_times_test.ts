import { ok, strictEqual } from "@std/assert";
import fc from "fast-check";
import { dispatch, kernelNamed } from "../kernels/mod.ts";
import { openLocalSession } from "../src/gpu/local_session.ts";
import { addUp, timeLayers } from "./layer_times.ts";
import { median } from "./statistics.ts";

Deno.test("addUp() believes parts that miss the whole by up to 15 %", () => {
  const parts = fc.array(fc.double({ min: 1e-3, max: 1e3, noNaN: true }), {
    minLength: 1,
    maxLength: 50,
  });
  const share = fc.double({ min: 0.01, max: 3, noNaN: true });
  fc.assert(fc.property(parts, share, (times, factor) => {
    const sum = times.reduce((total, time) => total + time, 0);
    const far = Math.abs(factor - 1);
    fc.pre(Math.abs(far - 0.15) > 1e-6);
    strictEqual(addUp(times, sum / factor), far < 0.15);
  }));
});

Deno.test("timeLayers() times each dispatch, a larger one longer, and they add up to the whole", async () => {
  const session = await openLocalSession();
  const bytes = 2 ** 26;
  const relu = (size: number) =>
    dispatch(kernelNamed("unary"), {
      params: { size },
      variant: { function: "relu" },
      reads: [0],
      writes: [1],
      label: `relu of ${size}`,
    });
  try {
    const handle = await session.load({
      program: {
        label: "timed",
        steps: [relu(bytes / 32), relu(bytes / 4)],
        buffers: [{ bytes }, { bytes }],
      },
      constants: new Map(),
    });
    const { rounds, wholes } = await timeLayers(session, handle, {
      rounds: 3,
      signal: new AbortController().signal,
    });
    strictEqual(rounds.length, 3);
    const [small, large] = [0, 1].map((step) =>
      median(rounds.map((times) => times[step]))
    );
    ok(large > small, `${small} and ${large} ms`);
    // Far wider than what is believed: other processes may be at work.
    const share = (small + large) / median(wholes);
    ok(share > 1 / 8 && share < 8, `${share} of the whole`);
  } finally {
    await session.close();
  }
});
