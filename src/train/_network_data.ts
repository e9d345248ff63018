/**
 * A network's rows on the GPU: all of them once where they stay the same and
 * have room, else those of the next steps each time, which are read while the
 * steps before them run.
 */
import type { Session } from "../gpu/session.ts";
import type { DataPlan } from "./_training_data.ts";
import { wholeVectors } from "./feature_rows.ts";
import type { RowSource, RowValues } from "./row_source.ts";

/** Values of one upload, so that no second copy of all the rows is made. */
const uploadValues = 4 * 2 ** 20;

/** Rows of the next steps. */
export interface RowRequest {
  /** Which they are. */
  readonly rows: Uint32Array;
  /** Rows that were taken before them. */
  readonly taken: number;
}

/** Rows that are read before they are needed. */
interface RowsAhead {
  readonly taken: number;
  readonly count: number;
  readonly parts: Promise<RowValues[]>;
}

/** Brings rows to a buffer and says where they are there. */
export class NetworkData {
  readonly #session: Session;
  readonly #source: RowSource;
  readonly #plan: DataPlan;
  readonly #buffer: string;
  #ahead: RowsAhead | undefined;

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

  /** Uploads all rows, where they stay. */
  async open(): Promise<void> {
    if (!this.#plan.resident) return;
    const length = this.#plan.dataRows;
    const rows = Uint32Array.from({ length }, (_, row) => row);
    let byteOffset = 0;
    for (const part of this.#parts({ rows, taken: 0 })) {
      const values = await this.#read(part);
      await this.#session.write(this.#buffer, values, byteOffset);
      byteOffset += values.byteLength;
    }
  }

  /** Makes sure that rows are there; returns where each is. */
  async stage({ rows, taken }: RowRequest): Promise<Uint32Array> {
    if (this.#plan.resident) return rows;
    const ahead = this.#ahead;
    this.#ahead = undefined;
    const isAhead = ahead?.taken === taken && ahead.count === rows.length;
    const parts = isAhead ? ahead.parts : this.#readAll({ rows, taken });
    let byteOffset = 0;
    for (const values of await parts) {
      await this.#session.write(this.#buffer, values, byteOffset);
      byteOffset += values.byteLength;
    }
    return rows.map((_, at) => at);
  }

  /** Begins to read rows that {@linkcode NetworkData.stage} will be asked for next. */
  prepare({ rows, taken }: RowRequest): void {
    const parts = this.#readAll({ rows, taken });
    // Whoever stages them hears of what went wrong.
    parts.catch(() => {});
    this.#ahead = { taken, count: rows.length, parts };
  }

  async #readAll(request: RowRequest): Promise<RowValues[]> {
    const parts: RowValues[] = [];
    for (const part of this.#parts(request)) parts.push(await this.#read(part));
    return parts;
  }

  /** As many rows at a time as are uploaded at once. */
  *#parts({ rows, taken }: RowRequest): Iterable<RowRequest> {
    const atOnce = Math.floor(uploadValues / this.#source.features) || 1;
    for (let first = 0; first < rows.length; first += atOnce) {
      const part = rows.subarray(first, first + atOnce);
      yield { rows: part, taken: taken + first };
    }
  }

  /** Rows as the GPU wants them: each filled up to whole vec4s. */
  async #read({ rows, taken }: RowRequest): Promise<RowValues> {
    const { count, features } = this.#source;
    const epochs = this.#plan.resident
      ? new Uint32Array(rows.length)
      : rows.map((_, at) => Math.floor((taken + at) / count));
    const values = await this.#source.read(rows, epochs);
    const depth = wholeVectors(features);
    if (depth === features) return values;
    const filled = values instanceof Uint8Array
      ? new Uint8Array(rows.length * depth)
      : new Float32Array(rows.length * depth);
    for (let at = 0; at < rows.length; at++) {
      const row = values.subarray(at * features, (at + 1) * features);
      filled.set(row, at * depth);
    }
    return filled;
  }
}
