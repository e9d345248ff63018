/**
 * Measures on an adapter which way of computing convolutions is fastest.
 *
 * @module
 */
import {
  conv2d,
  conv2dCall,
  type Conv2dShape,
  type Conv2dTile,
  conv2dTiles,
  packedFilterLength,
} from "../../kernels/conv2d.ts";
import { dispatch } from "../../kernels/kernel.ts";
import type { Plan } from "../plan/program.ts";
import { presetTuning, shapeClass, type Tuning } from "../plan/tuning.ts";
import { probedShapes } from "./_probed_shapes.ts";
import type { ProgramHandle, Session } from "./session.ts";

/** How long one way took for a shape. */
export interface TileTime {
  /** The way. */
  readonly tile: Conv2dTile;
  /** Of one dispatch, net of waiting for it; the least of several. */
  readonly milliseconds: number;
}

/** What was found of one class of shapes. */
export interface ClassProbe {
  /** Its name, by `shapeClass`. */
  readonly name: string;
  /** The way that is taken for it. */
  readonly chosen: Conv2dTile;
  /** The preset first. */
  readonly times: readonly TileTime[];
}

/** What probing came to. */
export interface Probed {
  /** The table. */
  readonly tuning: Tuning;
  /** Class by class. */
  readonly classes: readonly ClassProbe[];
  /** Classes there was no time for; they keep the preset. */
  readonly left: number;
  /** What it took. */
  readonly milliseconds: number;
}

/** How {@linkcode probeTiles} works. */
export interface ProbeOptions {
  /** No probe begins after so many milliseconds [10,000]. */
  readonly budget?: number;
  /** Called with classes done and in all. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops between two probes. */
  readonly signal?: AbortSignal | undefined;
}

/** What a timed run should take: much more than the clock's and the wait's noise. */
const wantedMilliseconds = 12;

/** Pictures of a probe at most. */
const mostImages = 8;

/** Dispatches between two waits at most. */
const mostDispatches = 512;

const rounds = 4;

/** A way that is not faster by this is noise; the preset stays, and with it what is cached. */
const leastGain = 1.05;

/** A way that takes so many times as long as the best is not looked at again. */
const hopeless = 3;

const waitBuffer = "probe: wait";

/** A way that is loaded for a shape. */
interface Runner {
  readonly tile: Conv2dTile;
  readonly handle: ProgramHandle;
  /** Dispatches between two waits. */
  readonly count: number;
  /** Milliseconds of the fastest dispatch so far. */
  least: number;
}

/**
 * Times every way of computing a convolution on a shape of each class, and
 * makes a table of the fastest. Texels are left to software adapters: that GPUs
 * would have to copy tensors to textures first is not in these times.
 */
export async function probeTiles(
  session: Session,
  { budget = 10_000, onProgress, signal }: ProbeOptions = {},
): Promise<Probed> {
  const { isFallback } = session.adapter;
  const start = performance.now();
  const isOver = () => performance.now() - start > budget;
  const prober = await Prober.open(session);
  const preset = presetTuning(session.adapter);
  let candidates = conv2dTiles.filter((tile) =>
    !isTile(tile, preset.preset) &&
    (isFallback || tile.family !== "registers" || !tile.texels)
  );
  const classes: ClassProbe[] = [];
  for (const shape of probedShapes) {
    signal?.throwIfAborted();
    if (isOver()) break;
    onProgress?.(classes.length, probedShapes.length);
    const times = await prober.times(shape, {
      preset: preset.preset,
      candidates,
      isOver,
    });
    const best = Math.min(...times.map(({ milliseconds }) => milliseconds));
    candidates = candidates.filter((tile) =>
      !times.some((time) =>
        time.tile === tile && time.milliseconds > hopeless * best
      )
    );
    classes.push({ name: shapeClass(shape), chosen: choose(times), times });
  }
  onProgress?.(probedShapes.length, probedShapes.length);
  return {
    tuning: tableOf(classes, preset),
    classes,
    left: probedShapes.length - classes.length,
    milliseconds: performance.now() - start,
  };
}

function isTile(one: Conv2dTile, other: Conv2dTile): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The fastest, if it is worth leaving the preset for. */
function choose([preset, ...others]: readonly TileTime[]): Conv2dTile {
  const best = others.reduce(
    (least, time) => time.milliseconds < least.milliseconds ? time : least,
    preset,
  );
  return preset.milliseconds > leastGain * best.milliseconds
    ? best.tile
    : preset.tile;
}

/** The way that most classes take is taken for those that were not probed, too. */
function tableOf(classes: readonly ClassProbe[], preset: Tuning): Tuning {
  const votes = Map.groupBy(classes, ({ chosen }) => JSON.stringify(chosen));
  const [most] = [...votes.values()].sort((a, b) => b.length - a.length);
  const usual = most?.[0].chosen ?? preset.preset;
  return {
    texels: preset.texels,
    preset: usual,
    tiles: Object.fromEntries(
      classes.filter(({ chosen }) => !isTile(chosen, usual))
        .map(({ name, chosen }) => [name, chosen]),
    ),
  };
}

/** Times dispatches on a session. */
class Prober {
  readonly #session: Session;
  readonly #floor: number;

  private constructor(session: Session, floor: number) {
    this.#session = session;
    this.#floor = floor;
  }

  /** Measures what waiting for nothing takes. */
  static async open(session: Session): Promise<Prober> {
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
      const start = performance.now();
      await session.run(handle);
      await session.read(waitBuffer, 4);
      waits.push(performance.now() - start);
    }
    await session.unload(handle);
    return new Prober(session, Math.min(...waits));
  }

  /** Times of the preset and of the candidates, until time is over. */
  async times(
    shape: Conv2dShape,
    { preset, candidates, isOver }: {
      preset: Conv2dTile;
      candidates: readonly Conv2dTile[];
      isOver: () => boolean;
    },
  ): Promise<TileTime[]> {
    const batch = await this.#affordableBatch(shape, preset);
    const runners: Runner[] = [];
    try {
      for (const tile of [preset, ...candidates]) {
        if (runners.length > 0 && isOver()) break;
        runners.push(await this.#load(shape, { batch, tile }));
      }
      const best = Math.min(...runners.map(({ least }) => least));
      const hopeful = runners.filter(({ least }) => least <= hopeless * best);
      // In turn, so that whatever else the machine does hits all of them.
      for (let round = 0; round < rounds; round++) {
        for (const runner of hopeful) {
          const time = await this.#time(runner.handle, runner.count);
          runner.least = Math.min(runner.least, time);
        }
      }
    } finally {
      for (const { handle } of runners) await this.#session.unload(handle);
    }
    return runners.map(({ tile, least }) => ({ tile, milliseconds: least }));
  }

  /** As many pictures as the preset computes in the time of a probe. */
  async #affordableBatch(
    shape: Conv2dShape,
    tile: Conv2dTile,
  ): Promise<number> {
    const { handle, count } = await this.#load(shape, { batch: 1, tile });
    await this.#session.unload(handle);
    return Math.min(mostImages, count);
  }

  /** Compiles a way, copies what it reads as texels, and times it. */
  async #load(
    shape: Conv2dShape,
    { batch, tile }: { batch: number; tile: Conv2dTile },
  ): Promise<Runner> {
    const handle = await this.#session.load(probePlan(shape, { batch, tile }));
    await this.#time(handle, 1);
    const first = await this.#time(handle, 1);
    const least = Math.min(first, await this.#time(handle, 1));
    const wanted = Math.max(1, Math.floor(wantedMilliseconds / least));
    return { tile, handle, least, count: Math.min(mostDispatches, wanted) };
  }

  async #time(handle: ProgramHandle, repeat: number): Promise<number> {
    const start = performance.now();
    await this.#session.run(handle, { repeat });
    await this.#session.read(waitBuffer, 4);
    const net = performance.now() - start - this.#floor;
    return Math.max(net, 0.001) / repeat;
  }
}

/** One dispatch, on zeros. */
function probePlan(
  shape: Conv2dShape,
  { batch, tile }: { batch: number; tile: Conv2dTile },
): Plan {
  const { params, variant } = conv2dCall(shape, {
    batch,
    activation: "relu",
    tile,
  });
  const { inHeight, inWidth, inChannels, outChannels: columns } = shape;
  const bytes = [
    batch * inHeight * inWidth * inChannels,
    packedFilterLength({ depth: params.depth, columns }),
    packedFilterLength({ depth: 1, columns }),
    params.rows * shape.yStride,
  ].map((floats) => ({ bytes: 4 * floats }));
  return {
    program: {
      label: "probe",
      buffers: bytes,
      steps: [dispatch(conv2d, {
        params,
        variant,
        reads: [0, 1, 2],
        writes: [3],
        label: shapeClass(shape),
      })],
    },
    constants: new Map(),
  };
}
