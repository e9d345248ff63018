/** Views of a picture for a frozen network. */
import type { DigestedRecord } from "../data/mod.ts";
import type {
  Augmentation,
  Decoders,
  PixelChange,
  PixelReaders,
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
 * How a variant changes the picture of a digest. That depends on no other
 * picture: a class more leaves cached rows as they are.
 */
export function changeOf(
  { augmentation, seed, view }: Variant,
  sha256: string,
): PixelChange {
  const picture = parseInt(sha256.slice(0, 8), 16);
  return { amounts: augmentation, seed, number: picture * mostViews + view };
}

/**
 * Reads a variant in place of each picture, at the size that `readers` give, so
 * that amounts in pixels mean what they do where a whole network is trained.
 */
export function variantDecoders(
  readers: PixelReaders,
  { variant, records, height, width }: {
    variant: Variant;
    /** The pictures that may be asked for. */
    records: readonly DigestedRecord[];
    height: number;
    width: number;
  },
): Decoders {
  const digests = new Map(records.map(({ file, sha256 }) => [file, sha256]));
  return {
    async decode(file) {
      const sha256 = digests.get(file);
      if (sha256 === undefined) throw new Error(`${file} was not announced`);
      const change = changeOf(variant, sha256);
      const { pixels } = await readers.read({ file, sha256 }, change);
      // Clamped arrays round, others cut off.
      const { buffer } = new Uint8ClampedArray(pixels);
      return { height, width, pixels: new Uint8Array(buffer) };
    },
    close: () => readers.close(),
  };
}
