/**
 * Views: augmentation for a frozen network. Its features are made once, so each
 * training picture is read in a few variants instead of a fresh one each epoch.
 *
 * @module
 */
import * as v from "valibot";
import { UsageError } from "../errors.ts";
import {
  type Augmentation,
  defaultAugmentation,
  type PixelChange,
  type PixelReaders,
} from "../image/mod.ts";
import { augmentationSchema } from "../image/augment.ts";
import type { PictureSource } from "./extract.ts";

/** Views a picture may have at most. */
const maxViews = 100;

/** Views where augmentation is asked for without their number. */
const defaultViews = 4;

/** In which views training pictures are read. */
export interface Views {
  /** Views of each picture, from 2; the first is the picture as it is. */
  readonly count: number;
  /** How every view but the first changes. */
  readonly augmentation: Augmentation;
}

/** Views as JSON holds them. */
export const viewsSchema: v.GenericSchema<unknown, Views> = v.object({
  count: v.pipe(
    v.number(),
    v.integer(),
    v.minValue(2),
    v.maxValue(maxViews),
  ),
  augmentation: augmentationSchema,
});

/** What may be said of views. */
export interface ViewsRequest {
  /** Views of each picture; 1 is the picture as it is. */
  readonly views?: number | undefined;
  /** How every view but the first changes. */
  readonly augmentation?: Augmentation | undefined;
}

/** Views, and what the user should hear of them. */
export interface ResolvedViews {
  /** Absent where pictures are read as they are. */
  readonly views?: Views;
  /** A sentence that says what was not asked for. */
  readonly note?: string;
}

/**
 * The views that a request asks for: a number of them asks for the usual
 * augmentation, and augmentation for the usual number.
 *
 * @throws {UsageError} if there is no such number of views, or none that changes
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { resolveViews } from "./views.ts";
 * strictEqual(resolveViews({ views: 3 }).views?.count, 3);
 * ```
 */
export function resolveViews(
  { views: wanted, augmentation }: ViewsRequest,
): ResolvedViews {
  if (wanted === undefined && augmentation === undefined) return {};
  const count = wanted ?? defaultViews;
  if (!Number.isInteger(count) || count < 1 || count > maxViews) {
    throw new UsageError(
      `--views is ${count}, expected a whole number from 1 to ${maxViews}`,
    );
  }
  if (count === 1) {
    if (augmentation === undefined) return {};
    throw new UsageError(
      "--views 1 reads each picture as it is, and --augment changes it: leave one of them out",
    );
  }
  const views = { count, augmentation: augmentation ?? defaultAugmentation };
  if (augmentation === undefined) {
    return { views, note: "--views changes pictures as by --augment all" };
  }
  if (wanted !== undefined) return { views };
  return {
    views,
    note:
      `each training picture is read in ${count} views, its features being made once; --views N for others`,
  };
}

/** Which variant of each picture; with the picture, all that decides it. */
export interface Variant {
  /** How much pictures may change. */
  readonly augmentation: Augmentation;
  /** Decides what happens, with the view and the picture's digest. */
  readonly seed: number;
  /** From 1: view 0 is the picture as it is. */
  readonly view: number;
}

/**
 * How a variant changes the picture of a digest. That depends on no other
 * picture: a class more leaves cached rows as they are.
 */
export function changeOf(
  { augmentation, seed, view }: Variant,
  sha256: string,
): PixelChange {
  const picture = parseInt(sha256.slice(0, 8), 16);
  return { amounts: augmentation, seed, number: picture * maxViews + view };
}

/**
 * Reads a variant in place of each picture, at the size that `readers` give, so
 * that amounts in pixels mean what they do where a whole network is trained.
 */
export function variantDecoders(
  readers: PixelReaders,
  { variant, height, width }: {
    variant: Variant;
    height: number;
    width: number;
  },
): PictureSource {
  return {
    async decode(file, { sha256 }) {
      const change = changeOf(variant, sha256);
      const { pixels } = await readers.read({ file, sha256 }, change);
      // Clamped arrays round, others cut off.
      const { buffer } = new Uint8ClampedArray(pixels);
      return { height, width, pixels: new Uint8Array(buffer) };
    },
  };
}
