/**
 * The rows of a stage on the GPU: how many have room, and how they get there.
 *
 * @module
 */
import { roundUp } from "../../kernels/mod.ts";
import { InputError } from "../errors.ts";
import type { Session } from "../gpu/session.ts";
import { filledRows, type RowSource, type RowValues } from "./row_source.ts";
/** Rows of some steps. */
export interface RowRequest {
  readonly rows: Uint32Array<ArrayBuffer>;
  /** Rows that were taken before them. */
  readonly taken: number;
  /** Rows that an epoch takes. */
  readonly epochRows: number;
}

/** Bytes of rows that may stay on the GPU. */
const defaultResidentBytes = 512 * 2 ** 20;

/** Rows may be listed as f32, which tells so many apart. */
const maxPlaces = 2 ** 24;

/** How rows are brought to the GPU. */
export interface DataPlan {
  /** Rows on the GPU at a time. */
  readonly dataRows: number;
  readonly resident: boolean;
}

/**
 * Decides how many rows are on the GPU at a time.
 *
 * @throws {InputError} if not even one batch has room
 */
export function planData(
  { count, features }: { readonly count: number; readonly features: number },
  { batch, limits, residentBytes = defaultResidentBytes, valueBytes }: {
    batch: number;
    limits: Readonly<Record<string, number>>;
    residentBytes: number | undefined;
    /** Bytes of a value on the GPU. */
    valueBytes: number;
  },
): DataPlan {
  const bytes = Math.min(
    residentBytes,
    limits.maxStorageBufferBindingSize ?? residentBytes,
    limits.maxBufferSize ?? residentBytes,
  );
  const room = Math.min(
    Math.floor(bytes / (roundUp(features, 4) * valueBytes)),
    maxPlaces,
  );
  if (count <= room) return { dataRows: count, resident: true };
  if (room >= batch) return { dataRows: room, resident: false };
  throw new InputError(
    `A batch of ${batch} rows of ${features} features does not fit the GPU's ${
      Math.floor(bytes / 1e6)
    } MB: use --batch ${Math.max(1, room)} or less`,
  );
}

/** Values of one upload, so that no second copy of all the rows is made. */
const uploadValues = 4 * 2 ** 20;

/**
 * A stage's rows on the GPU: all of them once where they repeat and have room,
 * else those of the next steps each time, which are read while the steps before
 * them run.
 */
export class StageData {
  readonly #session: Session;
  readonly #source: RowSource;
  readonly #plan: DataPlan;
  readonly #buffer: string;
  /** Rows that are read before they are needed. */
  #ahead:
    | { taken: number; count: number; parts: Promise<RowValues[]> }
    | undefined;
  #first: Promise<RowValues> | undefined;

  constructor(
    session: Session,
    { source, plan, buffer }: {
      source: RowSource;
      plan: DataPlan;
      buffer: string;
    },
  ) {
    this.#session = session;
    this.#source = source;
    this.#plan = plan;
    this.#buffer = buffer;
  }

  get isStreaming(): boolean {
    return !this.#plan.resident;
  }

  /** Reads the first of the rows that stay, before there is a buffer for them. */
  async begin(): Promise<void> {
    if (this.isStreaming) return;
    const [part] = this.#parts(this.#all());
    this.#first = this.#read(part);
    await this.#first;
  }

  /** Uploads all rows, where they stay. */
  async upload(): Promise<void> {
    if (this.isStreaming) return;
    let byteOffset = 0;
    for (const part of this.#parts(this.#all())) {
      const values = await (this.#first ?? this.#read(part));
      this.#first = undefined;
      await this.#session.write(this.#buffer, values, byteOffset);
      byteOffset += values.byteLength;
    }
  }

  /** Asks for rows to be there; tells where each will be. */
  async stage(
    request: RowRequest,
  ): Promise<{ places: Uint32Array; written: Promise<unknown> }> {
    const { rows, taken, epochRows } = request;
    const { count, period = 1 } = this.#source;
    if (!this.isStreaming) {
      const places = rows.map((row, at) =>
        Math.floor((taken + at) / epochRows) % period * count + row
      );
      return { places, written: Promise.resolve() };
    }
    const ahead = this.#ahead;
    this.#ahead = undefined;
    const isAhead = ahead?.taken === taken && ahead.count === rows.length;
    const parts = await (isAhead ? ahead.parts : this.#readAll(request));
    let byteOffset = 0;
    const writes = parts.map((values) => {
      const write = this.#session.write(this.#buffer, values, byteOffset);
      byteOffset += values.byteLength;
      return write;
    });
    return { places: rows.map((_, at) => at), written: Promise.all(writes) };
  }

  /** Begins to read rows that {@linkcode StageData.stage} will be asked for next. */
  prepare(request: RowRequest): void {
    const parts = this.#readAll(request);
    // Whoever stages them hears of what went wrong.
    parts.catch(() => {});
    const { rows, taken } = request;
    this.#ahead = { taken, count: rows.length, parts };
  }

  /** Each row in each epoch until they repeat. */
  #all(): RowRequest {
    const { dataRows: length } = this.#plan;
    const { count } = this.#source;
    return {
      rows: Uint32Array.from({ length }, (_, at) => at % count),
      taken: 0,
      epochRows: count,
    };
  }

  async #readAll(request: RowRequest): Promise<RowValues[]> {
    const parts: RowValues[] = [];
    for (const part of this.#parts(request)) parts.push(await this.#read(part));
    return parts;
  }

  /** As many rows at a time as are uploaded at once. */
  *#parts({ rows, taken, epochRows }: RowRequest): Iterable<RowRequest> {
    const atOnce = Math.floor(uploadValues / this.#source.features) || 1;
    for (let first = 0; first < rows.length; first += atOnce) {
      const part = rows.subarray(first, first + atOnce);
      yield { rows: part, taken: taken + first, epochRows };
    }
  }

  /** Rows as the GPU wants them: each filled up to whole vec4s. */
  async #read({ rows, taken, epochRows }: RowRequest): Promise<RowValues> {
    const { features } = this.#source;
    const epochs = rows.map((_, at) => Math.floor((taken + at) / epochRows));
    const values = await this.#source.read(rows, epochs);
    return filledRows(values, { features, depth: roundUp(features, 4) });
  }
}
