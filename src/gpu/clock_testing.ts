/**
 * A session that computes nothing and takes its time by a clock of its own, for
 * tests of what has to end in time.
 *
 * @module
 */
import { stepCost } from "../../kernels/mod.ts";
import type { Plan, Step } from "../../kernels/program.ts";
import type { AdapterFacts, ProgramHandle, Session } from "./session.ts";

/** Milliseconds that things take on a {@linkcode clockedSession}. */
export interface Pace {
  /** Of loading a program. */
  readonly load: number;
  /** Of the first dispatch of each kernel with each variant. */
  readonly compile: number;
  /** Of a read. */
  readonly wait: number;
  /** Of a step; by default what its arithmetic takes at 10 GFLOP/s. */
  readonly step?: (step: Step) => number;
  /** What is read of a buffer, all values alike [0]. */
  readonly content?: (buffer: string) => number;
}

/** Milliseconds of a step at 10 GFLOP/s. */
function plainStep(step: Step): number {
  return stepCost(step).flops / 1e7;
}

/** A session on a llvmpipe of that pace, its clock, and what it ran. */
export function clockedSession(
  { load, compile, wait, step = plainStep, content = () => 0 }: Pace,
): { session: Session; now: () => number; ran: readonly Step[] } {
  let time = 0;
  let nextId = 1;
  const ran: Step[] = [];
  const plans = new Map<number, Plan>();
  const compiled = new Set<string>();
  const adapter: AdapterFacts = {
    description: "llvmpipe at a certain pace",
    vendor: "",
    architecture: "",
    isFallback: true,
    features: [],
    limits: { maxStorageBufferBindingSize: 2 ** 27, maxBufferSize: 2 ** 28 },
  };
  const session: Session = {
    adapter,
    load(plan) {
      time += load;
      const handle: ProgramHandle = { id: nextId++, label: plan.program.label };
      plans.set(handle.id, plan);
      return Promise.resolve(handle);
    },
    run({ id }, { repeat = 1 } = {}) {
      for (const each of plans.get(id)?.program.steps ?? []) {
        const pipeline = each.kernel + JSON.stringify(each.variant);
        if (!compiled.has(pipeline)) time += compile;
        compiled.add(pipeline);
        time += repeat * step(each);
        ran.push(each);
      }
      return Promise.resolve();
    },
    read(buffer, bytes = 4) {
      time += wait;
      const values = new Float32Array(bytes / 4).fill(content(buffer));
      return Promise.resolve(values.buffer);
    },
    unload({ id }) {
      plans.delete(id);
      return Promise.resolve();
    },
    write: () => Promise.resolve(),
    liveBuffers: () => Promise.resolve(plans.size),
    close: () => Promise.resolve(),
  };
  return { session, now: () => time, ran };
}
