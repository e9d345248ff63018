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
} from "../../kernels/conv2d.ts";
import { presetTuning, shapeClass, type Tuning } from "../plan/tuning.ts";
import { probedShapes } from "./_probed_shapes.ts";
import { hopeless, Prober, type TileTime } from "./_prober.ts";
import type { Session } from "./session.ts";

export type { TileTime } from "./_prober.ts";

/** What was found of one class of shapes. */
export interface ClassProbe {
  /** Its name, by `shapeClass`. */
  readonly name: string;
  /** The way that is taken for it. */
  readonly chosen: Conv2dTile;
  /** The preset first. */
  readonly times: readonly TileTime[];
  /** Floating point operations a millisecond that the preset reached. */
  readonly presetRate: number;
}

/** What probing came to. */
export interface Probed {
  /** The table. */
  readonly tuning: Tuning;
  /** Class by class, in the order they were probed. */
  readonly classes: readonly ClassProbe[];
  /** Classes there was no time for; they keep the preset. */
  readonly left: number;
  /** What it took. */
  readonly milliseconds: number;
}

/** How {@linkcode probeTiles} works. */
export interface ProbeOptions {
  /** Nothing begins that would take longer than so many milliseconds in all, by what it took so far [10,000]. */
  readonly budget?: number;
  /** What the classes weigh, by `shapeClass` [all the same]: the heaviest are probed first. */
  readonly shares?: ReadonlyMap<string, number>;
  /** Milliseconds since any moment [the process's clock]. */
  readonly now?: () => number;
  /** Called with classes done and in all. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops between two probes. */
  readonly signal?: AbortSignal | undefined;
}

/** A way that is not faster by this is noise; the preset stays, and with it what is cached. */
const leastGain = 1.05;

/**
 * Times every way of computing a convolution on a shape of each class, and
 * makes a table of the fastest. Texels are left to software adapters: that GPUs
 * would have to copy tensors to textures first is not in these times.
 */
export async function probeTiles(
  session: Session,
  {
    budget = 10_000,
    shares = new Map(),
    now = () => performance.now(),
    onProgress,
    signal,
  }: ProbeOptions = {},
): Promise<Probed> {
  const { isFallback } = session.adapter;
  const start = now();
  const left = () => budget - (now() - start);
  const prober = await Prober.open(session, { now, left });
  const { preset } = presetTuning(session.adapter);
  let candidates = conv2dTiles.filter((tile) =>
    !isTile(tile, preset) &&
    (isFallback || tile.family !== "registers" || !tile.texels)
  );
  const classes: ClassProbe[] = [];
  for (const shape of heaviestFirst(shares)) {
    signal?.throwIfAborted();
    // The preset is loaded twice, and a shape begun for the sake of another way.
    const ways = [preset, preset, ...candidates.slice(0, 1)];
    if (!prober.hasTimeFor(shape, ways)) break;
    onProgress?.(classes.length, probedShapes.length);
    const { times, batch } = await prober.times(shape, { preset, candidates });
    candidates = candidates.filter((tile) => !isHopeless(tile, times));
    classes.push({
      name: shapeClass(shape),
      chosen: choose(times),
      times,
      presetRate: flopsOf(shape, batch) / times[0].milliseconds,
    });
  }
  onProgress?.(probedShapes.length, probedShapes.length);
  return {
    tuning: tableOf(classes, presetTuning(session.adapter)),
    classes,
    left: probedShapes.length - classes.length,
    milliseconds: now() - start,
  };
}

/** When time is over, what is left out is what weighs least. */
function heaviestFirst(
  shares: ReadonlyMap<string, number>,
): readonly Conv2dShape[] {
  const share = (shape: Conv2dShape) => shares.get(shapeClass(shape)) ?? 0;
  return probedShapes.toSorted((a, b) => share(b) - share(a));
}

function isHopeless(tile: Conv2dTile, times: readonly TileTime[]): boolean {
  const best = Math.min(...times.map(({ milliseconds }) => milliseconds));
  return times.some((time) =>
    time.tile === tile && time.milliseconds > hopeless * best
  );
}

function flopsOf(shape: Conv2dShape, batch: number): number {
  const { params, variant } = conv2dCall(shape, { batch, activation: "relu" });
  return conv2d.cost(params, variant).flops;
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
    winograd: {},
  };
}
