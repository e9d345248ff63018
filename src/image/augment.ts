/**
 * Augmentation: each picture a little different in each epoch, by chance that a
 * seed decides.
 *
 * @module
 */
import * as v from "valibot";
import { Random } from "../bytes/random.ts";
import { UsageError } from "../errors.ts";

/** How much pictures may change; 0 is not at all. */
export interface Augmentation {
  /** Pixels that are padded by reflection before a crop of the old size is taken anywhere. */
  readonly crop: number;
  /** Chance of a mirror image, left to right. */
  readonly flip: number;
  /** Zoom by a factor up to `1 + scale`, or `1 / (1 + scale)`. */
  readonly scale: number;
  /** Turned by up to so many degrees either way. */
  readonly rotation: number;
  /** Brighter or darker by up to this share of white. */
  readonly brightness: number;
  /** Distance from the mean times a factor up to `1 + contrast`, or down to `1 - contrast`. */
  readonly contrast: number;
}

/** What each way of augmenting is where no amount is given. */
export const defaultAugmentation: Augmentation = {
  crop: 4,
  flip: 0.5,
  scale: 0.1,
  rotation: 10,
  brightness: 0.1,
  contrast: 0.1,
};

const maximum: Augmentation = {
  crop: 64,
  flip: 1,
  scale: 1,
  rotation: 180,
  brightness: 1,
  contrast: 1,
};

const names = [
  "crop",
  "flip",
  "scale",
  "rotation",
  "brightness",
  "contrast",
] as const satisfies readonly (keyof Augmentation)[];

const amountUpTo = (most: number) =>
  v.pipe(v.number(), v.minValue(0), v.maxValue(most));

/** Amounts as JSON holds them. */
export const augmentationSchema: v.GenericSchema<unknown, Augmentation> = v
  .object({
    crop: v.pipe(amountUpTo(maximum.crop), v.integer()),
    flip: amountUpTo(maximum.flip),
    scale: amountUpTo(maximum.scale),
    rotation: amountUpTo(maximum.rotation),
    brightness: amountUpTo(maximum.brightness),
    contrast: amountUpTo(maximum.contrast),
  });

/**
 * The augmentation that a text names: `crop,flip`, `crop=8,rotation=5`, or `all`.
 *
 * @throws {UsageError} if a name is unknown, or an amount out of range
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * strictEqual(parseAugmentation("crop=8,flip").crop, 8);
 * ```
 */
export function parseAugmentation(text: string): Augmentation {
  if (text === "all") return defaultAugmentation;
  const amounts = new Map(
    text.split(",").map((part) => {
      const [word, amount] = part.split("=", 2);
      const name = names.find((known) => known === word);
      if (name === undefined) {
        throw new UsageError(
          `--augment has no "${word}", expected some of ${
            names.join(", ")
          } with commas between, or all`,
        );
      }
      const value = amount === undefined
        ? defaultAugmentation[name]
        : Number(amount || NaN);
      if (value >= 0 && value <= maximum[name]) return [name, value] as const;
      throw new UsageError(
        `--augment ${name} takes 0 to ${maximum[name]}, got "${amount}"`,
      );
    }),
  );
  const all = names.map((name) => [name, amounts.get(name) ?? 0]);
  return v.parse(augmentationSchema, Object.fromEntries(all));
}

/** The generator's stream, apart from those that split, shuffle and initialise. */
const augmentStream = 3;

/** Numbers that are set aside for a picture of an epoch. */
const drawsPerPicture = 8;

/** How one picture is changed; the same for the same seed and number. */
export interface PixelChange {
  /** How much it may change. */
  readonly amounts: Augmentation;
  /** Decides what happens, with the next. */
  readonly seed: number;
  /** The number of the picture among all pictures of all epochs. */
  readonly number: number;
}

/** What the values of a picture are, row by row. */
interface PictureShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/**
 * A picture `(height, width, channels)` of 0 to 255, changed. Where a pixel comes
 * from outside of the picture, the picture is mirrored at its edge.
 */
export function augment(
  pixels: Float32Array | Uint8Array,
  { amounts, seed, number }: PixelChange,
  shape: PictureShape,
): Float32Array<ArrayBuffer> {
  const random = Random.restored({
    seed,
    stream: augmentStream,
    counter: number * drawsPerPicture,
  });
  const either = () => 2 * random.uniform() - 1;
  const shift = () => Math.floor(random.uniform() * (2 * amounts.crop + 1));
  const moved = move(pixels, shape, {
    down: shift() - amounts.crop,
    right: shift() - amounts.crop,
    isFlipped: random.uniform() < amounts.flip,
    zoom: (1 + amounts.scale) ** either(),
    turn: amounts.rotation * either() * Math.PI / 180,
  });
  const added = amounts.brightness * either() * 255;
  const factor = 1 + amounts.contrast * either();
  if (added === 0 && factor === 1) return moved;
  const mean = moved.reduce((sum, value) => sum + value, 0) / moved.length;
  return moved.map((value) =>
    Math.min(Math.max((value - mean) * factor + mean + added, 0), 255)
  );
}

interface Movement {
  readonly down: number;
  readonly right: number;
  readonly isFlipped: boolean;
  readonly zoom: number;
  readonly turn: number;
}

/** Each pixel from where it was, between four others. */
function move(
  pixels: Float32Array | Uint8Array,
  { height, width, channels }: PictureShape,
  { down, right, isFlipped, zoom, turn }: Movement,
): Float32Array<ArrayBuffer> {
  const moved = new Float32Array(pixels.length);
  const [middleY, middleX] = [(height - 1) / 2, (width - 1) / 2];
  const [sine, cosine] = [Math.sin(turn) / zoom, Math.cos(turn) / zoom];
  let at = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const y = row - middleY;
      const x = (isFlipped ? width - 1 - column : column) - middleX;
      const fromY = cosine * y - sine * x + middleY + down;
      const fromX = sine * y + cosine * x + middleX + right;
      const [top, left] = [Math.floor(fromY), Math.floor(fromX)];
      const [lerpY, lerpX] = [fromY - top, fromX - left];
      const above = reflected(top, height) * width;
      const below = reflected(top + 1, height) * width;
      const before = reflected(left, width);
      const after = reflected(left + 1, width);
      for (let channel = 0; channel < channels; channel++) {
        // No arrays and no functions here: this runs for each value of an epoch.
        const aboveBefore = pixels[(above + before) * channels + channel];
        const aboveAfter = pixels[(above + after) * channels + channel];
        const belowBefore = pixels[(below + before) * channels + channel];
        const belowAfter = pixels[(below + after) * channels + channel];
        const upper = aboveBefore * (1 - lerpX) + aboveAfter * lerpX;
        const lower = belowBefore * (1 - lerpX) + belowAfter * lerpX;
        moved[at++] = upper * (1 - lerpY) + lower * lerpY;
      }
    }
  }
  return moved;
}

/** A position mirrored into 0 to `size - 1`, the edge itself only once. */
function reflected(position: number, size: number): number {
  if (size === 1) return 0;
  const period = 2 * (size - 1);
  const within = ((position % period) + period) % period;
  return within < size ? within : period - within;
}
