import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import fc from "fast-check";
import {
  expectedDone,
  type ProgressState,
  renderProgress,
  renderProgressLine,
} from "./progress.ts";
import { createTerminal } from "./terminal.ts";
import { fakeClock, fakeStream } from "./testing.ts";

const state: ProgressState = {
  label: "extract",
  unit: "images",
  done: 120,
  total: 720,
  elapsed: 40,
  sinceUpdate: 0,
  lastAdded: 24,
  rate: 4,
};

Deno.test("renderProgress() shows bar, count, rate, time left and time gone", () => {
  strictEqual(
    renderProgress(state, 100),
    "| extract [#####-------------------------] 120/720 images  4.00/s  ETA 2m30s  40s",
  );
});

Deno.test("renderProgress() has no rate before the second update and no bar without a total", () => {
  const { total: _, ...open } = state;
  strictEqual(
    renderProgress(
      { ...open, rate: 0, elapsed: 1.25, detail: "loss 0.41" },
      80,
    ),
    "/ extract 120 images  1.3s  loss 0.41",
  );
});

Deno.test("renderProgress() never fills the line, whatever the width", () => {
  const states = fc.record({
    done: fc.nat(),
    total: fc.nat(),
    elapsed: fc.float({ min: 0, max: 1e6, noNaN: true }),
    sinceUpdate: fc.float({ min: 0, max: 1e6, noNaN: true }),
    rate: fc.float({ min: 0, max: 1e6, noNaN: true }),
  });
  fc.assert(
    fc.property(states, fc.integer({ min: 1, max: 300 }), (facts, columns) => {
      const line = renderProgress({ ...state, ...facts }, columns);
      ok(line.length < columns, `${line.length} of ${columns}: ${line}`);
    }),
  );
});

Deno.test("expectedDone() runs ahead of a silent worker by less than one update", () => {
  strictEqual(expectedDone({ ...state, sinceUpdate: 2 }), 128);
  strictEqual(expectedDone({ ...state, sinceUpdate: 99 }), 144);
  strictEqual(expectedDone({ ...state, done: 719, sinceUpdate: 99 }), 720);
});

Deno.test("renderProgressLine() is the same without a bar", () => {
  strictEqual(
    renderProgressLine(state),
    "extract: 120/720 images  4.00/s  ETA 2m30s  40s",
  );
});

Deno.test("progress() moves every half second on a terminal without any update", () => {
  const clock = fakeClock();
  const stderr = fakeStream({ isTerminal: true });
  const terminal = createTerminal({ stdout: fakeStream(), stderr, clock });
  terminal.progress({ label: "extract", total: 10 });
  let drawn = stderr.text().length;
  for (let half = 0; half < 20; half++) {
    clock.advance(500);
    ok(stderr.text().length > drawn);
    drawn = stderr.text().length;
  }
  const frames = stderr.text().split("\r").filter((frame) => frame !== "");
  strictEqual(new Set(frames).size > 20, true);
  terminal.close();
});

Deno.test("progress() stands aside for a line and comes back below it", () => {
  const clock = fakeClock();
  const both = fakeStream({ isTerminal: true, columns: 60 });
  const terminal = createTerminal({ stdout: both, stderr: both, clock });
  const progress = terminal.progress({ label: "train", total: 4 });
  terminal.line("step 100");
  progress.finish();
  const bar =
    "\r| train [------------------------------] 0/4 steps  0.0s\x1b[K";
  strictEqual(
    both.text(),
    `${bar}\r\x1b[Kstep 100\n${bar}\r\x1b[Ktrain: 0 steps in 0.0s\n`,
  );
  strictEqual(clock.timers(), 0);
});

Deno.test("progress() writes a line every ten seconds where stderr is no terminal", () => {
  const clock = fakeClock();
  const stderr = fakeStream();
  const terminal = createTerminal({ stdout: fakeStream(), stderr, clock });
  const progress = terminal.progress({
    label: "extract",
    total: 100,
    unit: "images",
  });
  clock.advance(4_000);
  progress.update(10);
  clock.advance(5_000);
  progress.update(20);
  clock.advance(12_000);
  progress.update(100);
  progress.finish();
  progress.finish();
  deepStrictEqual(stderr.text().split("\n"), [
    "extract: 20/100 images  2.00/s  ETA 39s  10s",
    "extract: 20/100 images  2.00/s  ETA 29s  20s",
    "extract: 100 images in 21s (4.76 images/s)",
    "",
  ]);
  strictEqual(clock.timers(), 0);
});

Deno.test("progress() is silent with --quiet and with --json", () => {
  for (const mode of [{ quiet: true }, { json: true }]) {
    const clock = fakeClock();
    const stderr = fakeStream({ isTerminal: true });
    const terminal = createTerminal({
      stdout: fakeStream(),
      stderr,
      clock,
      ...mode,
    });
    const progress = terminal.progress({ label: "extract" });
    clock.advance(60_000);
    progress.finish();
    strictEqual(stderr.text(), "");
  }
});

Deno.test("a second progress() ends the first", () => {
  const clock = fakeClock();
  const stderr = fakeStream({ isTerminal: true });
  const terminal = createTerminal({ stdout: fakeStream(), stderr, clock });
  terminal.progress({ label: "decode" });
  terminal.progress({ label: "extract" });
  strictEqual(clock.timers(), 1);
  const before = stderr.text().length;
  clock.advance(300);
  match(stderr.text().slice(before), /extract/);
  terminal.close();
  strictEqual(clock.timers(), 0);
});
