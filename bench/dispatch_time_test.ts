import { deepStrictEqual, ok, rejects, strictEqual } from "@std/assert";
import { measureFloor, timeDispatches } from "./dispatch_time.ts";

/** A GPU whose wait takes 11 ms and each dispatch `milliseconds`. */
function fakeGpu(milliseconds: number) {
  let time = 0;
  const counts: number[] = [];
  return {
    counts,
    now: () => time,
    submit(count: number) {
      counts.push(count);
      time += 11 + count * milliseconds;
      return Promise.resolve();
    },
  };
}

Deno.test("timeDispatches() takes the floor off and divides by the dispatches", async () => {
  for (const milliseconds of [0.003, 0.25, 7, 900]) {
    const { submit, now } = fakeGpu(milliseconds);
    const floor = await measureFloor(submit, { now });
    strictEqual(floor, 11);
    const { samples } = await timeDispatches(submit, { rounds: 3, floor, now });
    strictEqual(samples.length, 3);
    for (const sample of samples) {
      ok(Math.abs(sample / milliseconds - 1) < 1e-6, `${sample}`);
    }
  }
});

Deno.test("timeDispatches() submits slow dispatches alone and many quick ones together", async () => {
  const slow = fakeGpu(900);
  const options = { rounds: 2, floor: 11 };
  await timeDispatches(slow.submit, { ...options, now: slow.now });
  deepStrictEqual(slow.counts, [1, 1, 1, 1]);
  const quick = fakeGpu(0.1);
  const times = await timeDispatches(quick.submit, {
    ...options,
    now: quick.now,
  });
  ok(times.dispatches >= 500 && times.dispatches <= 4096);
  strictEqual(times.warmUp + 2, quick.counts.length);
});

Deno.test("timeDispatches() ends with a dispatch that takes no time", async () => {
  const { submit, now } = fakeGpu(0);
  const options = { rounds: 1, floor: 11, now };
  deepStrictEqual((await timeDispatches(submit, options)).samples, [0]);
});

Deno.test("timeDispatches() stops when it is told to", async () => {
  const { submit, now } = fakeGpu(1);
  const signal = AbortSignal.abort(new Error("stopped"));
  await rejects(
    timeDispatches(submit, { rounds: 1, floor: 11, now, signal }),
    /stopped/,
  );
});
