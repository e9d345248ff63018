/** Times ways of computing a convolution on a session, and never begins what would end too late. */
import {
  conv2d,
  conv2dCall,
  type Conv2dShape,
  type Conv2dTile,
  packedFilterLength,
} from "../../kernels/conv2d.ts";
import { dispatch } from "../../kernels/kernel.ts";
import {
  winogradFilterLength,
  type WinogradOutputs,
} from "../../kernels/winograd.ts";
import { useTexels } from "../plan/texel_tensors.ts";
import type {
  BufferIndex,
  BufferSpec,
  Plan,
  Program,
} from "../../kernels/program.ts";
import { shapeClass } from "../../kernels/tuning.ts";
import { winogradSteps } from "../../kernels/winograd_steps.ts";
import type { ProgramHandle, Session } from "../gpu/session.ts";

export interface Way {
  /** How it, or the product within it, is divided among threads. */
  readonly tile: Conv2dTile;
  /** Outputs of a tile of Winograd's convolution [computed directly]. */
  readonly winograd?: WinogradOutputs;
}

/** How long one way took for a shape. */
export interface TileTime extends Way {
  /** Of one convolution, net of waiting for it; the least of several. */
  readonly milliseconds: number;
}

/** The milliseconds that measuring has from now on, by the process's clock or another. */
export class Deadline {
  readonly #budget: number;
  readonly #now: () => number;
  readonly #start: number;

  constructor(budget: number, now = () => performance.now()) {
    this.#budget = budget;
    this.#now = now;
    this.#start = now();
  }

  elapsed(): number {
    return this.#now() - this.#start;
  }

  /** Negative when time is over. */
  left(): number {
    return this.#budget - this.elapsed();
  }

  /** What so many runs take, and waiting for them, which reading a buffer does. */
  async timeRuns(
    session: Session,
    { handle, repeat, buffer }: {
      handle: ProgramHandle;
      repeat: number;
      buffer: string;
    },
  ): Promise<number> {
    const start = this.#now();
    await session.run(handle, { repeat });
    await session.read(buffer, 4);
    return this.#now() - start;
  }
}

/** What a timed run should take: much more than the clock's and the wait's noise. */
const wantedMilliseconds = 12;

/** What a convolution may take: of few pictures, large tiles have more threads without work than in a network. */
const affordableMilliseconds = 24;

/** Pictures of a probe at most. */
export const maxImages = 8;

/** Dispatches between two waits at most. */
const maxDispatches = 512;

const rounds = 4;

/** A way that takes so many times as long as the best is not looked at again. */
export const hopeless = 3;

const waitBuffer = "probe: wait";

/** A way that is loaded for a shape. */
interface Runner {
  readonly way: Way;
  readonly handle: ProgramHandle;
  /** Dispatches between two waits. */
  readonly count: number;
  /** Milliseconds of the fastest dispatch so far. */
  least: number;
}

export class Prober {
  readonly #session: Session;
  readonly #deadline: Deadline;
  /** What waiting for nothing takes. */
  #floor = 0;
  /** What loading took last, by variant: only the first time compiles. */
  readonly #lastLoads = new Map<string, number>();
  /** The longest of all: what a variant may take that is not compiled yet. */
  #longestLoad = 0;

  private constructor(session: Session, deadline: Deadline) {
    this.#session = session;
    this.#deadline = deadline;
  }

  /** Measures what waiting for nothing takes. */
  static async open(session: Session, deadline: Deadline): Promise<Prober> {
    const prober = new Prober(session, deadline);
    const handle = await session.load({
      program: {
        label: waitBuffer,
        steps: [],
        buffers: [{ name: waitBuffer, bytes: 16 }],
      },
      constants: new Map(),
    });
    const waits: number[] = [];
    for (let round = 0; round < 2 * rounds; round++) {
      waits.push(await prober.#time(handle, 1));
    }
    await session.unload(handle);
    prober.#floor = Math.min(...waits);
    return prober;
  }

  /** Whether there is time to load these ways, by what loading took so far. */
  hasTimeFor(shape: Conv2dShape, ways: readonly Way[]): boolean {
    const expected = ways.reduce((sum, way) => {
      // Winograd's compiles two transforms as well.
      const unknown = (way.winograd ? 3 : 1) * this.#longestLoad;
      return sum + (this.#lastLoads.get(pipelinesOf(shape, way)) ?? unknown);
    }, 0);
    return this.#deadline.left() > expected;
  }

  /** Times of the preset, and of the candidates for as long as there is time, with batches of so many pictures. */
  async times(
    shape: Conv2dShape,
    { preset, candidates, batch: wanted }: {
      preset: Way;
      candidates: readonly Way[];
      /** Pictures [what the preset can afford]. */
      batch?: number;
    },
  ): Promise<{ times: readonly TileTime[]; batch: number }> {
    const batch = wanted ?? await this.#affordableBatch(shape, preset);
    const runners: Runner[] = [];
    try {
      for (const way of [preset, ...candidates]) {
        if (runners.length > 0 && !this.hasTimeFor(shape, [way])) break;
        runners.push(await this.#load(shape, { batch, way }));
      }
      const best = Math.min(...runners.map(({ least }) => least));
      const hopeful = runners.filter(({ least }) => least <= hopeless * best);
      await this.#repeat(hopeful);
    } finally {
      for (const { handle } of runners) await this.#session.unload(handle);
    }
    return {
      times: runners.map(({ way, least }) => ({ ...way, milliseconds: least })),
      batch,
    };
  }

  /** In turn, so that whatever else the machine does hits all of them. */
  async #repeat(runners: readonly Runner[]): Promise<void> {
    const turn = runners.reduce(
      (sum, { count, least }) => sum + this.#floor + count * least,
      0,
    );
    for (let round = 0; round < rounds; round++) {
      // A turn in part would favour those that had it.
      if (this.#deadline.left() < turn) return;
      for (const runner of runners) {
        const time = await this.#netTime(runner.handle, runner.count);
        runner.least = Math.min(runner.least, time);
      }
    }
  }

  /** As many pictures as the preset computes in the time that a convolution may take. */
  async #affordableBatch(shape: Conv2dShape, way: Way): Promise<number> {
    const { handle, least } = await this.#load(shape, { batch: 1, way });
    await this.#session.unload(handle);
    const count = Math.max(1, Math.floor(affordableMilliseconds / least));
    return Math.min(maxImages, count);
  }

  /** Compiles a way, copies what it reads as texels, and times it. */
  async #load(
    shape: Conv2dShape,
    { batch, way }: { batch: number; way: Way },
  ): Promise<Runner> {
    const start = this.#deadline.elapsed();
    const handle = await this.#session.load(probePlan(shape, { batch, way }));
    await this.#netTime(handle, 1);
    const first = await this.#netTime(handle, 1);
    const least = Math.min(first, await this.#netTime(handle, 1));
    const wanted = Math.max(1, Math.floor(wantedMilliseconds / least));
    const took = this.#deadline.elapsed() - start;
    this.#lastLoads.set(pipelinesOf(shape, way), took);
    this.#longestLoad = Math.max(this.#longestLoad, took);
    return { way, handle, least, count: Math.min(maxDispatches, wanted) };
  }

  /** Milliseconds of a dispatch. */
  async #netTime(handle: ProgramHandle, repeat: number): Promise<number> {
    const net = await this.#time(handle, repeat) - this.#floor;
    return Math.max(net, 0.001) / repeat;
  }

  #time(handle: ProgramHandle, repeat: number): Promise<number> {
    const buffer = waitBuffer;
    return this.#deadline.timeRuns(this.#session, { handle, repeat, buffer });
  }
}

/** What is compiled once for all shapes that share it. */
function pipelinesOf(shape: Conv2dShape, { tile, winograd }: Way): string {
  const { windowHeight, windowWidth } = shape;
  const { variant } = conv2dCall(shape, { batch: 1, activation: "relu", tile });
  const transforms = winograd && { winograd, windowHeight, windowWidth };
  return JSON.stringify({ variant, transforms });
}

/** A convolution of zeros. */
function probePlan(
  shape: Conv2dShape,
  { batch, way: { tile, winograd } }: { batch: number; way: Way },
): Plan {
  const buffers: BufferSpec[] = [];
  const scratch = (floats: number) => buffers.push({ bytes: 4 * floats }) - 1;
  const { inHeight, inWidth, inChannels: channels, outChannels } = shape;
  const { windowHeight, windowWidth, outHeight, outWidth } = shape;
  const columns = { columns: outChannels };
  const depth = windowHeight * windowWidth * channels;
  const reads = [
    scratch(batch * inHeight * inWidth * channels),
    scratch(
      winograd === undefined
        ? packedFilterLength({ depth, ...columns })
        : winogradFilterLength({
          ...{ outputs: winograd, windowHeight, windowWidth },
          ...{ channels, ...columns },
        }),
    ),
    scratch(packedFilterLength({ depth: 1, ...columns })),
  ] as const;
  const y = scratch(batch * outHeight * outWidth * shape.yStride);
  const common = { batch, tile, activation: "relu" } as const;
  const label = shapeClass(shape);
  const steps = winograd === undefined
    ? [dispatch(conv2d, {
      ...conv2dCall(shape, common),
      reads,
      writes: [y],
      label,
    })]
    : winogradSteps(shape, {
      ...common,
      ...{ outputs: winograd, reads, zeros: reads[2], y, scratch, label },
    });
  const program = { label: "probe", buffers, steps };
  const readsTexels = tile.family === "registers" && tile.texels;
  return {
    program: readsTexels ? asInNetworks(program, y) : program,
    constants: new Map(),
  };
}

/** What reads texels writes them, too, for the next layer: tiles that are fast with buffers are not with those. */
function asInNetworks(program: Program, y: BufferIndex): Program {
  const { steps, tensors } = useTexels(program.steps, {
    buffers: program.buffers,
    texels: true,
    readLater: [y],
  });
  const buffers = program.buffers.map((buffer, index) =>
    tensors.has(index) ? { ...buffer, texels: true } : buffer
  );
  return { ...program, buffers, steps };
}
