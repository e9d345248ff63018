/**
 * Pictures as a network reads them: resized pixels of 0 to 255.
 *
 * @module
 */
import type { DigestedRecord, SkippedFile } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { uniqueRecords } from "../features/extract_features.ts";
import {
  type DecodersOptions,
  openPixelReaders,
  type PixelChange,
  type PixelReaders,
  type Pixels,
  type PixelShape,
} from "../image/mod.ts";
import type { Watcher } from "../watcher.ts";

/**
 * Bytes of pixels that stay in memory: 7,000 pictures of 224x224 that have that
 * size or were resampled as Pillow does it, or 1,700 that TensorFlow's way resized,
 * whose values are no whole numbers.
 */
const maxKeptBytes = 2 ** 30;

/** Pictures that are read at once, so that no worker waits. */
const atOnce = 16;

export interface PixelStoreOptions {
  readonly shape: PixelShape;
  /** How JPEGs are decoded [INTEGER_ACCURATE]. */
  readonly dctMethod?: DecodersOptions["dctMethod"];
  /** Whether pictures are turned as their EXIF says. */
  readonly exif: boolean;
  readonly watcher: Watcher;
  readonly signal?: AbortSignal | undefined;
  readonly keptBytes?: number | undefined;
}

/**
 * Pixels by the digest of their picture. Those that have room stay in memory, the
 * others are read again whenever they are asked for, so that memory does not
 * grow with the number of pictures.
 */
export class PixelStore implements Disposable {
  readonly #options: PixelStoreOptions;
  readonly #records = new Map<string, DigestedRecord>();
  readonly #kept = new Map<string, Pixels>();
  readonly #fractional = new Set<string>();
  #room: number;
  #readers: PixelReaders | undefined;

  private constructor(options: PixelStoreOptions) {
    this.#options = options;
    this.#room = options.keptBytes ?? maxKeptBytes;
  }

  /** Reads all pictures once; one that cannot be read is skipped. */
  static async read(
    records: readonly DigestedRecord[],
    options: PixelStoreOptions,
  ): Promise<{ pixels: PixelStore; skipped: SkippedFile[] }> {
    const unique = uniqueRecords(records);
    const { watcher, signal } = options;
    const store = new PixelStore(options);
    const skipped: SkippedFile[] = [];
    const total = unique.length;
    const bar = watcher.progress({ label: "decode", total, unit: "images" });
    const read = async (record: DigestedRecord) => {
      const reason = await store.#add(record);
      if (reason === undefined) return;
      const { path } = record;
      skipped.push({ path, reason });
      watcher.warn(`${path} is skipped: ${reason}`);
    };
    try {
      for (let first = 0; first < total; first += atOnce) {
        signal?.throwIfAborted();
        await Promise.all(unique.slice(first, first + atOnce).map(read));
        bar.update(Math.min(first + atOnce, total));
      }
    } finally {
      // Workers would keep the process alive until whoever has the store is done.
      store[Symbol.dispose]();
    }
    bar.finish();
    return { pixels: store, skipped };
  }

  /** Whether a picture could be read. */
  has(sha256: string): boolean {
    return this.#records.has(sha256);
  }

  /** Whether all of some pictures are whole numbers. */
  areBytes(digests: readonly string[]): boolean {
    return digests.every((sha256) => !this.#fractional.has(sha256));
  }

  /**
   * The pixels of a picture, changed if that is asked for.
   *
   * @throws {InputError} if it has to be read again and cannot
   */
  async get(sha256: string, change?: PixelChange): Promise<Pixels> {
    const kept = this.#kept.get(sha256);
    if (kept) return change ? await this.#open().change(kept, change) : kept;
    const record = this.#records.get(sha256);
    if (!record) throw new Error(`The picture ${sha256} was not read`);
    try {
      return (await this.#open().read(record, change)).pixels;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw new InputError(
        `${record.path} cannot be read again: ${error.message}`,
        { cause: error },
      );
    }
  }

  /** Stops the workers; they are started again where they are needed. */
  [Symbol.dispose](): void {
    this.#readers?.close();
    this.#readers = undefined;
  }

  #open(): PixelReaders {
    const { shape, ...options } = this.#options;
    const { exif, dctMethod = "INTEGER_ACCURATE" } = options;
    return this.#readers ??= openPixelReaders(shape, { exif, dctMethod });
  }

  /** Why a picture cannot be read, if it cannot. */
  async #add(record: DigestedRecord): Promise<string | undefined> {
    const { path, sha256 } = record;
    try {
      const { pixels, warning } = await this.#open().read(record);
      if (warning !== undefined) {
        this.#options.watcher.warn(`${path} ${warning}`);
      }
      this.#records.set(sha256, record);
      if (pixels instanceof Float32Array) this.#fractional.add(sha256);
      if (pixels.byteLength > this.#room) return undefined;
      this.#room -= pixels.byteLength;
      this.#kept.set(sha256, pixels);
    } catch (error) {
      if (error instanceof InputError) return error.message;
      throw error;
    }
  }
}
