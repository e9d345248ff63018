/**
 * Picture files to RGB on all cores.
 *
 * @module
 */

import { WorkerPool } from "./_worker_pool.ts";
import type { PixelChange } from "./augment.ts";
import type { Pixels, PixelShape } from "./pixels.ts";
import { type DecodeOptions, defaultMaxPixels } from "./decode.ts";
import type { RgbImage } from "./rgb_image.ts";

/** How {@linkcode openDecoders} and {@linkcode openPixelReaders} work. */
export interface DecodersOptions extends DecodeOptions {
  /** Workers at most (default: one fewer than there are processors, at least 1). */
  readonly workers?: number;
  /** Milliseconds after which a picture is given up (default 20,000). */
  readonly timeoutMs?: number;
}

/** Workers that read and decode picture files. */
export interface Decoders {
  /**
   * Reads and decodes one file. Files are begun in the order of the calls; the caller bounds how many are open at once,
   * since each holds `height * width * 3` bytes.
   *
   * @param known The digest of its bytes, in hex, where others are refused.
   * @returns RGB; its warning, if any, reads on after the file's name, as in `sea/01.jpeg is WebP inside; decoded as WebP`.
   * @throws {InputError} With the reason alone, if the file cannot be read or decoded, takes too long, or holds other bytes than it did. One picture is lost, the others go on.
   */
  decode(
    path: string,
    known?: { readonly sha256?: string | undefined },
  ): Promise<RgbImage>;
  /** Stops the workers. */
  close(): void;
}

const defaultTimeoutMs = 20_000;

/**
 * Opens workers that read and decode picture files. Needs read permission, for the files and for the worker's script.
 *
 * @example
 * ```ts
 * import { openDecoders } from "./decoders.ts";
 * const decoders = openDecoders();
 * const { width, height } = await decoders.decode("tests/fixtures/images/rgb8.png");
 * decoders.close();
 * ```
 */
export function openDecoders(options: DecodersOptions = {}): Decoders {
  const decoding = withDefaults(options);
  const pool = openPool<PictureFile, RgbImage>(
    import.meta.resolve("./_decode_worker.ts"),
    options,
  );
  return {
    decode: (path, { sha256 } = {}) => pool.run({ path, sha256, ...decoding }),
    close: () => pool.close(),
  };
}

export interface ReadPixels {
  /** At the size that was asked for. */
  readonly pixels: Pixels;
  /** Something the user should hear, which reads on after the file's name. */
  readonly warning?: string | undefined;
}

export interface KnownFile {
  readonly file: string;
  /** The digest of its bytes, in hex: others are refused. */
  readonly sha256: string;
}

/** Workers that make pictures into what a network reads. */
export interface PixelReaders {
  /**
   * Reads, decodes and resizes one file, and changes its pixels where that is asked for.
   *
   * @throws {InputError} With the reason alone, if the file cannot be read or decoded, takes too long, or holds other bytes than it did.
   */
  read(file: KnownFile, change?: PixelChange): Promise<ReadPixels>;
  /** Changes pixels that were read before. */
  change(pixels: Pixels, change: PixelChange): Promise<Pixels>;
  /** Stops the workers. */
  close(): void;
}

export interface PictureFile extends Required<DecodeOptions> {
  /** The digest of its bytes, in hex: others are refused. */
  readonly sha256?: string | undefined;
  readonly path: string;
}

export interface PixelRequest {
  readonly from: PictureFile | { readonly pixels: Pixels };
  readonly shape: PixelShape;
  readonly change: PixelChange | undefined;
}

/**
 * Opens workers that read, decode, resize and change pictures. Needs read permission, for the files and for the worker's script.
 *
 * @example
 * ```ts
 * import { openPixelReaders } from "./decoders.ts";
 * import { digestFile } from "../bytes/mod.ts";
 * const readers = openPixelReaders({ height: 28, width: 28, channels: 1 });
 * const file = "tests/fixtures/images/rgb8.png";
 * const { sha256 } = await digestFile(file);
 * const { pixels } = await readers.read({ file, sha256 });
 * readers.close();
 * ```
 */
export function openPixelReaders(
  shape: PixelShape,
  options: DecodersOptions = {},
): PixelReaders {
  const decoding = withDefaults(options);
  const pool = openPool<PixelRequest, ReadPixels>(
    import.meta.resolve("./_pixel_worker.ts"),
    options,
  );
  return {
    read: ({ file, sha256 }, change) =>
      pool.run({
        from: { path: file, sha256, ...decoding },
        shape,
        change,
      }),
    change: async (pixels, change) =>
      (await pool.run({ from: { pixels }, shape, change })).pixels,
    close: () => pool.close(),
  };
}

function withDefaults(
  {
    exif = true,
    dctMethod = "INTEGER_ACCURATE",
    maxPixels = defaultMaxPixels,
  }: DecodeOptions,
): Required<DecodeOptions> {
  return { exif, dctMethod, maxPixels };
}

function openPool<Request, Result>(
  script: string,
  { workers = navigator.hardwareConcurrency - 1, timeoutMs = defaultTimeoutMs }:
    DecodersOptions,
): WorkerPool<Request, Result> {
  return new WorkerPool({
    script,
    workers: Math.max(1, workers),
    timeoutMs,
  });
}
