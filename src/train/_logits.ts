/**
 * Logits of any number of rows, by the parameters that are on the GPU.
 */
import type { ProgramHandle, Session } from "../gpu/session.ts";
import { type FeatureRows, packRows, rowCount } from "./feature_rows.ts";
import { wholeVectors } from "./feature_rows.ts";
import { type HeadShape, logitsBuffers, logitsPlan } from "./head.ts";

/** Rows of features on the GPU at a time, in bytes. */
const bytesAtOnce = 64 * 2 ** 20;

/** Rows that a workgroup of the kernel works on together. */
const rowsPerTile = 8;

/** Computes logits of one set of rows, as often as the parameters change. */
export class LogitsRunner {
  readonly #session: Session;
  readonly #shape: HeadShape;
  readonly #source: FeatureRows;
  readonly #scale: boolean;
  readonly #rowsAtOnce: number;
  readonly #handle: ProgramHandle;
  #loadedFrom: number | undefined;

  private constructor(
    session: Session,
    { shape, source, scale, rowsAtOnce, handle }: {
      shape: HeadShape;
      source: FeatureRows;
      scale: boolean;
      rowsAtOnce: number;
      handle: ProgramHandle;
    },
  ) {
    this.#session = session;
    this.#shape = shape;
    this.#source = source;
    this.#scale = scale;
    this.#rowsAtOnce = rowsAtOnce;
    this.#handle = handle;
  }

  /** Loads the program; the rows go to the GPU when they are first needed. */
  static async open(
    session: Session,
    { shape, source, scale }: {
      shape: HeadShape;
      source: FeatureRows;
      scale: boolean;
    },
  ): Promise<LogitsRunner> {
    const { limits } = session.adapter;
    const bytes = Math.min(
      bytesAtOnce,
      limits.maxStorageBufferBindingSize ?? bytesAtOnce,
    );
    const rowBytes = 4 *
      wholeVectors(Math.max(shape.features, shape.classes));
    const most = wholeTiles(Math.max(1, Math.floor(bytes / rowBytes)), "down");
    const rowsAtOnce = Math.min(
      most,
      wholeTiles(Math.max(1, rowCount(source)), "up"),
    );
    const handle = await session.load(logitsPlan(shape, {
      rows: rowsAtOnce,
      texels: session.adapter.isFallback,
    }));
    return new LogitsRunner(session, {
      shape,
      source,
      scale,
      rowsAtOnce,
      handle,
    });
  }

  /** Whether {@linkcode LogitsRunner.run} asks for all its work at once. */
  get isOneRun(): boolean {
    return rowCount(this.#source) <= this.#rowsAtOnce;
  }

  /** Logits `(n, classes)` of all rows; `onRows` hears how many are done. */
  async run(onRows?: (done: number) => void): Promise<Float32Array> {
    const { classes } = this.#shape;
    const columns = wholeVectors(classes);
    const rows = rowCount(this.#source);
    const logits = new Float32Array(rows * classes);
    for (let first = 0; first < rows; first += this.#rowsAtOnce) {
      const count = Math.min(this.#rowsAtOnce, rows - first);
      const padded = await this.#runFrom(first, count);
      for (let r = 0; r < count; r++) {
        const row = padded.subarray(r * columns, r * columns + classes);
        logits.set(row, (first + r) * classes);
      }
      onRows?.(first + count);
    }
    return logits;
  }

  /** Asks for everything before it waits, so that nothing comes between. */
  async #runFrom(first: number, count: number): Promise<Float32Array> {
    const asked: Promise<void>[] = [];
    const { data, logits } = logitsBuffers(this.#shape, this.#rowsAtOnce);
    if (this.#loadedFrom !== first) {
      const indices = Array.from({ length: count }, (_, r) => first + r);
      const packed = packRows(this.#source, { indices, scale: this.#scale });
      asked.push(this.#session.write(data.name, packed));
      this.#loadedFrom = first;
    }
    asked.push(this.#session.run(this.#handle));
    const read = this.#session.read(logits.name);
    const [bytes] = await Promise.all([read, ...asked]);
    return new Float32Array(bytes);
  }

  /** Frees the program. */
  close(): Promise<void> {
    return this.#session.unload(this.#handle);
  }
}

function wholeTiles(rows: number, direction: "up" | "down"): number {
  const tiles = rows / rowsPerTile;
  return rowsPerTile *
    Math.max(1, direction === "up" ? Math.ceil(tiles) : Math.floor(tiles));
}
