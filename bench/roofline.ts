/**
 * What the adapter can do at most, measured: arithmetic, memory, launches.
 *
 * @module
 */
import type { Kernel, ParamTable } from "../kernels/kernel.ts";
import { openLocalSession } from "../src/gpu/local_session.ts";
import type { Variant } from "../kernels/program.ts";
import {
  type DispatchTimes,
  floorRounds,
  measureFloor,
  timeDispatches,
} from "./dispatch_time.ts";
import {
  multiplyAdd,
  type MultiplyAddVariant,
  multiplyAddVariants,
} from "./kernels/multiply_add.ts";
import {
  copy,
  type MemoryKernel,
  noOperation,
  read,
} from "./kernels/memory.ts";
import { type Launch, launch } from "./launcher.ts";
import type { Row, Unit } from "./results.ts";
import type { BenchContext, Section } from "./section.ts";
import { median } from "./statistics.ts";

/** Names of rows that other parts look up. */
export const ceilingNames = {
  arithmetic: "ALU ceiling, f32",
  memory: "memory, copy",
} as const;

/** Larger than the caches of processors, and still one binding everywhere. */
const memoryBytes = 96 * 2 ** 20;

/** Multiply-adds keep their size: `x * 0.999 + 0.001` tends to 1. */
const multiplyAddParams = {
  threads: 2 ** 15,
  iterations: 512,
  factor: 0.999,
  addend: 0.001,
};

/** The ceilings of the adapter. */
export const roofline: Section = {
  name: "roofline",
  async run(given) {
    // The adapter's, not ours.
    const context: BenchContext = {
      ...given,
      add: (row) => given.add({ ...row, isYardstick: true }),
    };
    const session = await openLocalSession();
    try {
      const { device, adapter } = session;
      const idle = () => device.queue.onSubmittedWorkDone();
      const floor = await measureFloor(idle);
      context.add(await waitRow(idle, context));
      const meter = new Meter(device, { context, floor });
      context.add(await meter.launches());
      context.add(await meter.arithmetic("f32"));
      if (adapter.features.includes("shader-f16")) {
        context.add(await meter.arithmetic("f16"));
      }
      context.add(await meter.memory(copy, ceilingNames.memory));
      context.add(await meter.memory(read, "memory, read only"));
    } finally {
      await session.close();
    }
  },
};

/** The ceiling in GFLOP/s that was measured in this run, if it was. */
export function arithmeticCeiling(rows: readonly Row[]): number | undefined {
  const row = rows.find(({ section, name }) =>
    section === "roofline" && name === ceilingNames.arithmetic
  );
  return row && median(row.samples);
}

async function waitRow(
  idle: () => Promise<undefined>,
  { rounds }: BenchContext,
): Promise<Row> {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++) {
    samples.push(await measureFloor(idle));
  }
  return {
    section: "roofline",
    name: "wait for an idle queue",
    unit: "ms",
    samples,
    warmUp: floorRounds,
  };
}

class Meter {
  readonly #device: GPUDevice;
  readonly #context: BenchContext;
  readonly #floor: number;

  constructor(
    device: GPUDevice,
    { context, floor }: { context: BenchContext; floor: number },
  ) {
    this.#device = device;
    this.#context = context;
    this.#floor = floor;
  }

  async launches(): Promise<Row> {
    const times = await this.#time(noOperation, {
      params: { vectors: 1, threads: 1 },
      variant: {},
      bufferBytes: [16],
    });
    return rowOf("launch of a dispatch that does nothing", "ms", times);
  }

  /** The best of several loops, which is named. */
  async arithmetic(precision: MultiplyAddVariant["precision"]): Promise<Row> {
    let best: { times: DispatchTimes; variant: MultiplyAddVariant } | undefined;
    const tried: Record<string, number> = {};
    for (const loop of multiplyAddVariants) {
      const variant = { ...loop, precision };
      const times = await this.#time(multiplyAdd, {
        params: multiplyAddParams,
        variant,
        bufferBytes: [4 * multiplyAddParams.threads],
        extensions: precision === "f16" ? ["f16"] : [],
      });
      tried[nameOf(variant)] = gflops(variant, median(times.samples));
      const isBetter = !best || gflops(variant, median(times.samples)) >
          gflops(best.variant, median(best.times.samples));
      if (isBetter) best = { times, variant };
    }
    if (!best) throw new Error("There is no loop to try");
    const { times, variant } = best;
    return {
      section: "roofline",
      name: `ALU ceiling, ${precision}`,
      unit: "GFLOP/s",
      samples: times.samples.map((milliseconds) =>
        gflops(variant, milliseconds)
      ),
      warmUp: times.warmUp,
      details: { kernel: nameOf(variant), tried },
    };
  }

  async memory(
    kernel: MemoryKernel,
    name: string,
  ): Promise<Row> {
    const vectors = memoryBytes / 16;
    const threads = kernel === copy ? vectors : 2 ** 14;
    const params = { vectors, threads };
    const times = await this.#time(kernel, {
      params,
      variant: {},
      bufferBytes: [memoryBytes, kernel === copy ? memoryBytes : 16 * threads],
    });
    const { bytes } = kernel.cost(params, {});
    const rates = times.samples.map((milliseconds) =>
      bytes / milliseconds / 1e6
    );
    return rowOf(name, "GB/s", { ...times, samples: rates });
  }

  async #time<Table extends ParamTable, V extends Variant>(
    kernel: Kernel<Table, V>,
    call: Launch<Table, V>,
  ): Promise<DispatchTimes> {
    const { rounds, signal } = this.#context;
    const launched = await launch(this.#device, kernel, call);
    try {
      return await timeDispatches(launched.submit, {
        rounds,
        floor: this.#floor,
        signal,
      });
    } finally {
      launched.close();
    }
  }
}

function rowOf(name: string, unit: Unit, times: DispatchTimes): Row {
  const { samples, warmUp, dispatches } = times;
  const details = { dispatches };
  return { section: "roofline", name, unit, samples, warmUp, details };
}

function gflops(variant: MultiplyAddVariant, milliseconds: number): number {
  return multiplyAdd.cost(multiplyAddParams, variant).flops / milliseconds /
    1e6;
}

function nameOf(variant: MultiplyAddVariant): string {
  const { accumulators, unrolled, lanes, precision } = variant;
  const type = lanes === 4 ? `vec4<${precision}>` : precision;
  return `multiply_add of ${accumulators} ${type}, unrolled ${unrolled}`;
}
