/** One view of a picture for a frozen network. */
import {
  augment,
  type Augmentation,
  resizeImage,
  type ResizeOptions,
  type RgbImage,
} from "../image/mod.ts";
import { mostViews } from "./views.ts";

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
 * The variant of a picture, at the size that the network reads, so that amounts
 * in pixels mean what they do where a whole network is trained. It depends on no
 * other picture: a class more leaves cached rows as they are.
 */
export function variantOf(
  picture: RgbImage,
  { augmentation, seed, view, sha256, resize }: Variant & {
    /** Of the picture's file. */
    readonly sha256: string;
    /** To the network's size. */
    readonly resize: ResizeOptions;
  },
): RgbImage {
  const { height, width } = resize;
  const changed = augment(resizeImage(picture, resize), augmentation, {
    height,
    width,
    channels: 3,
    seed,
    number: parseInt(sha256.slice(0, 8), 16) * mostViews + view,
  });
  return { height, width, pixels: Uint8Array.from(changed, Math.round) };
}
