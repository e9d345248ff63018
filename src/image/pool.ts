/**
 * Picture files to RGB on all cores.
 *
 * @module
 */

import { WorkerPool } from "./_worker_pool.ts";
import { type DecodeOptions, defaultMaxPixels } from "./decode.ts";
import type { RgbImage } from "./rgb_image.ts";

/** How {@linkcode openDecoders} works. */
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
   * @returns RGB; its warning, if any, reads on after the file's name, as in `sea/01.jpeg is WebP inside; decoded as WebP`.
   * @throws {InputError} With the reason alone, if the file cannot be read or decoded, or takes too long. One picture is lost, the others go on.
   */
  decode(path: string): Promise<RgbImage>;
  /** Stops the workers. */
  close(): void;
}

/** What a worker is asked to do. */
export interface DecodeRequest extends Required<DecodeOptions> {
  /** The file to read. */
  readonly path: string;
}

const defaultTimeoutMs = 20_000;

/**
 * Opens workers that read and decode picture files. Needs read permission, for the files and for the worker's script.
 *
 * @example
 * ```ts
 * import { openDecoders } from "./pool.ts";
 * const decoders = openDecoders();
 * const { width, height } = await decoders.decode("tests/fixtures/images/rgb8.png");
 * decoders.close();
 * ```
 */
export function openDecoders(options: DecodersOptions = {}): Decoders {
  const { exif = true, maxPixels = defaultMaxPixels } = options;
  const pool = new WorkerPool<DecodeRequest, RgbImage>({
    script: import.meta.resolve("./_worker.ts"),
    workers: Math.max(1, options.workers ?? navigator.hardwareConcurrency - 1),
    timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
  });
  return {
    decode: (path) => pool.run({ path, exif, maxPixels }),
    close: () => pool.close(),
  };
}
