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
  pointwise,
} from "../../kernels/conv2d.ts";
import {
  type WinogradOutputs,
  winogradOutputs,
} from "../../kernels/winograd.ts";
import { presetTuning, shapeClass, type Tuning } from "../../kernels/tuning.ts";
import { winogradFits } from "../../kernels/winograd_steps.ts";
import {
  Deadline,
  hopeless,
  maxImages,
  Prober,
  type TileTime,
} from "./prober.ts";
import type { Session } from "../gpu/session.ts";

/** What was found of one class of shapes. */
export interface ClassProbe {
  /** Its name, by `shapeClass`. */
  readonly name: string;
  /** How it, or the product within it, is divided among threads. */
  readonly chosen: Conv2dTile;
  /** Outputs of a tile, if it is computed by Winograd's convolution. */
  readonly winograd?: WinogradOutputs;
  /** The preset first, Winograd's last. */
  readonly times: readonly TileTime[];
  /** Floating point operations a millisecond that the preset reached. */
  readonly presetRate: number;
}

export interface Probed {
  readonly tuning: Tuning;
  /** Class by class, in the order they were probed. */
  readonly classes: readonly ClassProbe[];
  /** Classes there was no time for; they keep the preset. */
  readonly left: number;
  readonly milliseconds: number;
}

export interface ProbeOptions {
  /** Nothing begins that would end after it, by what it took so far [10 s]. */
  readonly deadline?: Deadline;
  /** What the classes weigh, by `shapeClass` [all the same]: the heaviest are probed first. */
  readonly shares?: ReadonlyMap<string, number>;
  /** Called with classes done and in all. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops between two probes. */
  readonly signal?: AbortSignal | undefined;
}

/** A way that is not faster by this is noise; the preset stays, and with it what is cached. */
const minGain = 1.05;

/** Output pixels up to which Winograd's convolution is measured on whole batches. */
const smallPicture = 100;

/**
 * Times the ways of computing a convolution on a shape of each class, and makes
 * a table of the fastest. Texels are left to adapters whose preset has them, and
 * all else to the others: those would have to copy tensors to textures first, which
 * is not in these times, and llvmpipe takes twice as long for buffers and five
 * times for memory that it only pretends is shared, which would leave no time for
 * the rest.
 */
export async function probeTiles(
  session: Session,
  {
    deadline = new Deadline(10_000),
    shares = new Map(),
    onProgress,
    signal,
  }: ProbeOptions = {},
): Promise<Probed> {
  const prober = await Prober.open(session, deadline);
  const { preset, texels } = presetTuning(session.adapter);
  let candidates = conv2dTiles.filter((tile) =>
    !isTile(tile, preset) &&
    texels === (tile.family === "registers" && tile.texels)
  );
  const classes: ClassProbe[] = [];
  for (const shape of heaviestFirst(shares)) {
    signal?.throwIfAborted();
    // The preset is loaded twice, and a shape begun for the sake of another way.
    const ways = [preset, preset, ...candidates.slice(0, 1)];
    if (!prober.hasTimeFor(shape, ways.map((tile) => ({ tile })))) break;
    onProgress?.(classes.length, probedShapes.length);
    const { times, batch } = await prober.times(shape, {
      preset: { tile: preset },
      candidates: candidates
        .filter((tile) => textOf(shape, tile) !== textOf(shape, preset))
        .map((tile) => ({ tile })),
    });
    candidates = candidates.filter((tile) => !isHopeless(tile, times));
    const { tile } = choose(times);
    const others = await winogradTimes(prober, shape, { tile, batch });
    const { winograd } = others.length === 0 ? times[0] : choose(others);
    classes.push({
      name: shapeClass(shape),
      chosen: tile,
      ...winograd && { winograd },
      times: [...times, ...others.slice(1)],
      presetRate: flopsOf(shape, batch) / times[0].milliseconds,
    });
  }
  onProgress?.(probedShapes.length, probedShapes.length);
  return {
    tuning: tableOf(classes, presetTuning(session.adapter)),
    classes,
    left: probedShapes.length - classes.length,
    milliseconds: deadline.elapsed(),
  };
}

/** Times of the direct convolution and of Winograd's; none where there are no others, or no time. */
async function winogradTimes(
  prober: Prober,
  shape: Conv2dShape,
  { tile, batch }: { tile: Conv2dTile; batch: number },
): Promise<readonly TileTime[]> {
  const { outHeight, outWidth } = shape;
  // Few of a small picture's tiles leave most threads of a product without work.
  const isSmall = outHeight * outWidth <= smallPicture;
  // The likelier first, as time may be over after it.
  const likely = isSmall ? winogradOutputs : winogradOutputs.toReversed();
  const candidates = likely
    .filter((winograd) => winogradFits(shape, winograd))
    .map((winograd) => ({ tile, winograd }));
  const ways = [{ tile }, ...candidates.slice(0, 1)];
  if (candidates.length === 0 || !prober.hasTimeFor(shape, ways)) return [];
  const { times } = await prober.times(shape, {
    preset: { tile },
    candidates,
    batch: isSmall ? maxImages : batch,
  });
  return times;
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

/** What is compiled of a tile: those that are fitted to a shape may be the same. */
function textOf(shape: Conv2dShape, tile: Conv2dTile): string {
  const { variant } = conv2dCall(shape, {
    ...{ batch: maxImages, activation: "relu", tile },
  });
  return JSON.stringify(variant);
}

function isTile(one: Conv2dTile, other: Conv2dTile): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The fastest, if it is worth leaving the preset for. */
function choose([preset, ...others]: readonly TileTime[]): TileTime {
  const best = others.reduce(
    (least, time) => time.milliseconds < least.milliseconds ? time : least,
    preset,
  );
  return preset.milliseconds > minGain * best.milliseconds ? best : preset;
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
    winograd: Object.fromEntries(
      [
        // Of what was not probed the preset knows best.
        ...Object.entries(preset.winograd).filter(([name]) =>
          !classes.some((probed) => probed.name === name)
        ),
        ...classes.flatMap(({ name, winograd }) =>
          winograd === undefined ? [] : [[name, winograd] as const]
        ),
      ],
    ),
  };
}

/** A convolution for each class of shapes that networks are made of, from Inception-v3 and ResNet-50. */
export const probedShapes: readonly Conv2dShape[] = [
  square(17, { window: [1, 1], channels: 768, filters: 192 }),
  square(17, { window: [1, 7], channels: 192, filters: 192 }),
  square(147, { window: [3, 3], channels: 32, filters: 64 }),
  square(71, { window: [3, 3], channels: 80, filters: 192 }),
  square(35, { window: [3, 3], channels: 96, filters: 96 }),
  square(35, { window: [1, 1], channels: 288, filters: 64 }),
  square(8, { window: [1, 1], channels: 2048, filters: 320 }),
  square(8, { window: [1, 3], channels: 384, filters: 384 }),
  square(8, { window: [3, 3], channels: 448, filters: 384 }),
  square(149, { window: [3, 3], channels: 3, filters: 32 }),
  square(73, { window: [1, 1], channels: 64, filters: 80 }),
  square(14, { window: [3, 3], channels: 256, filters: 256 }),
  square(14, { window: [1, 1], channels: 256, filters: 1024 }),
  square(28, { window: [1, 1], channels: 512, filters: 128 }),
];

/** A convolution of a square picture by single steps, which keeps its size. */
function square(
  size: number,
  { window: [windowHeight, windowWidth], channels, filters }: {
    window: readonly [height: number, width: number];
    channels: number;
    filters: number;
  },
): Conv2dShape {
  return {
    ...pointwise({
      height: size,
      width: size,
      inChannels: channels,
      outChannels: filters,
    }),
    windowHeight,
    windowWidth,
    padTop: (windowHeight - 1) / 2,
    padLeft: (windowWidth - 1) / 2,
  };
}
