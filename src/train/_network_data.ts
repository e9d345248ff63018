/**
 * A network's rows on the GPU: all of them once where they stay the same and
 * have room, else those of the next steps each time.
 */
import type { Session } from "../gpu/session.ts";
import type { DataPlan } from "./_training_data.ts";
import { packRows } from "./feature_rows.ts";
import type { RowSource } from "./row_source.ts";

/** Values of one upload, so that no second copy of all the rows is made. */
const uploadValues = 4 * 2 ** 20;

/** Brings rows to a buffer and says where they are there. */
export class NetworkData {
  readonly #session: Session;
  readonly #source: RowSource;
  readonly #plan: DataPlan;
  readonly #buffer: string;

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
    const { dataRows } = this.#plan;
    const all = Uint32Array.from({ length: dataRows }, (_, row) => row);
    await this.#upload(all, new Uint32Array(dataRows));
  }

  /**
   * Makes sure that `rows` are there, of which `taken` others were taken before;
   * returns where each is.
   */
  async stage(rows: Uint32Array, taken: number): Promise<Uint32Array> {
    if (this.#plan.resident) return rows;
    const epochs = rows.map((_, at) =>
      Math.floor((taken + at) / this.#source.count)
    );
    await this.#upload(rows, epochs);
    return rows.map((_, at) => at);
  }

  async #upload(rows: Uint32Array, epochs: Uint32Array): Promise<void> {
    const { features } = this.#source;
    const rowsAtOnce = Math.max(1, Math.floor(uploadValues / features));
    let byteOffset = 0;
    for (let first = 0; first < rows.length; first += rowsAtOnce) {
      const end = Math.min(first + rowsAtOnce, rows.length);
      const values = await this.#source.read(
        rows.subarray(first, end),
        epochs.subarray(first, end),
      );
      const indices = Array.from({ length: end - first }, (_, at) => at);
      const packed = packRows(
        { rows: values, features },
        { indices, scale: false },
      );
      await this.#session.write(this.#buffer, packed, byteOffset);
      byteOffset += packed.byteLength;
    }
  }
}
