/**
 * The training rows on the GPU: all of them once where they have room, else
 * those of the next steps each time.
 */
import { InputError } from "../errors.ts";
import type { Session } from "../gpu/session.ts";
import { type FeatureRows, packRows, wholeVectors } from "./feature_rows.ts";
import { stepsPerEvaluation } from "./recipes.ts";

/** Bytes of rows that may stay on the GPU. */
const mostResidentBytes = 512 * 2 ** 20;

/** Rows are listed as f32, which tells so many apart. */
const mostPlaces = 2 ** 24;

/** Bytes of one upload, so that no second copy of all the rows is made. */
const uploadBytes = 16 * 2 ** 20;

/** Work of one submit: a slow adapter still answers Ctrl-C within a second or so. */
const flopsPerSubmit = 5e9;

/** How rows are brought to the GPU. */
export interface DataPlan {
  /** Rows on the GPU at a time. */
  readonly dataRows: number;
  /** Whether that is all of them. */
  readonly resident: boolean;
}

/**
 * Decides how many rows are on the GPU at a time.
 *
 * @throws {InputError} if not even one batch has room
 */
export function planData(
  source: { readonly count: number; readonly features: number },
  { batch, limits, residentBytes = mostResidentBytes, valueBytes = 4 }: {
    batch: number;
    limits: Readonly<Record<string, number>>;
    residentBytes?: number | undefined;
    /** Bytes of a value on the GPU [those of f32]. */
    valueBytes?: number;
  },
): DataPlan {
  const bytes = Math.min(
    residentBytes,
    limits.maxStorageBufferBindingSize ?? residentBytes,
    limits.maxBufferSize ?? residentBytes,
  );
  const room = Math.min(
    Math.floor(bytes / (wholeVectors(source.features) * valueBytes)),
    mostPlaces,
  );
  const { count } = source;
  if (count <= room) return { dataRows: count, resident: true };
  if (room >= batch) return { dataRows: room, resident: false };
  throw new InputError(
    `A batch of ${batch} rows of ${source.features} features does not fit the GPU's ${
      Math.floor(bytes / 1e6)
    } MB: use --batch ${Math.max(1, room)} or less`,
  );
}

/** Steps of one submit: as many as have rows, but an evaluation's worth at most. */
export function stepsAtOnce(
  { features, classes, batch, dataRows, resident }: {
    features: number;
    classes: number;
    batch: number;
    dataRows: number;
    resident: boolean;
  },
): number {
  const flops = 4 * batch * wholeVectors(features) * wholeVectors(classes);
  const steps = Math.min(
    stepsPerEvaluation,
    Math.floor(flopsPerSubmit / flops),
    resident ? Infinity : Math.floor(dataRows / batch),
  );
  return Math.max(1, steps);
}

/** Brings rows to the GPU and says where they are there. */
export class TrainingData {
  readonly #session: Session;
  readonly #source: FeatureRows;
  readonly #plan: DataPlan;
  readonly #scale: boolean;
  readonly #buffer: string;

  constructor(
    session: Session,
    { source, plan, scale, buffer }: {
      source: FeatureRows;
      plan: DataPlan;
      scale: boolean;
      buffer: string;
    },
  ) {
    this.#session = session;
    this.#source = source;
    this.#plan = plan;
    this.#scale = scale;
    this.#buffer = buffer;
  }

  /** Uploads all rows, where they have room. */
  async open(): Promise<void> {
    if (!this.#plan.resident) return;
    const all = Uint32Array.from({ length: this.#plan.dataRows }, (_, r) => r);
    await this.#upload(all);
  }

  /** Makes sure that the rows `indices` lists are there; returns where each is. */
  async stage(indices: Uint32Array): Promise<Uint32Array> {
    if (this.#plan.resident) return indices;
    const places = new Map<number, number>();
    const local = indices.map((row) => {
      const place = places.get(row) ?? places.size;
      places.set(row, place);
      return place;
    });
    await this.#upload(Uint32Array.from(places.keys()));
    return local;
  }

  async #upload(indices: Uint32Array): Promise<void> {
    const rowBytes = wholeVectors(this.#source.features) * 4;
    const rowsAtOnce = Math.max(1, Math.floor(uploadBytes / rowBytes));
    for (let first = 0; first < indices.length; first += rowsAtOnce) {
      const some = indices.subarray(first, first + rowsAtOnce);
      const packed = packRows(this.#source, {
        indices: some,
        scale: this.#scale,
      });
      await this.#session.write(this.#buffer, packed, first * rowBytes);
    }
  }
}
