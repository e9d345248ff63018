/**
 * Pictures to feature rows on the GPU, a batch at a time with one readback.
 *
 * @module
 */
import { dispatch, roundUp } from "../../kernels/kernel.ts";
import {
  packResampled,
  resampleEntryWords,
  resampleImages,
  windowBytes,
} from "../../kernels/resample_images.ts";
import { packImages, resizeImages } from "../../kernels/resize_images.ts";
import type { ProgramHandle, Session } from "../gpu/mod.ts";
import type { RgbImage } from "../image/mod.ts";
import { largestBatch, optimise, type Resize } from "../passes/mod.ts";
import {
  type BatchBuffers,
  batchBuffers,
  type Plan,
  planBatch,
  presetTuning,
  type Tuning,
} from "../plan/mod.ts";
import type { FeatureModel } from "./model.ts";

/** How {@linkcode openExtractor} works. */
export interface ExtractorOptions {
  /** Pictures a batch at most [8]; the adapter's limits may allow fewer. */
  readonly batch?: number;
  /** Pictures there are, where that is known: a batch always runs whole, and is no larger than they need. */
  readonly pictures?: number | undefined;
  /** The kernels' ways of computing [the adapter's preset]. */
  readonly tuning?: Tuning;
}

/** Bytes of decoded pictures that are uploaded at once, if none is larger. */
const uploadBytes = 16 * 2 ** 20;

/** So many times the buffer for windows is the one for pixels. */
const pixelsPerWindow = 4;

/** No picture needs more: 100 megapixels. */
const maxPixelBytes = 300 * 10 ** 6;

/** Plans and loads a model on a session. */
export async function openExtractor(
  session: Session,
  model: FeatureModel,
  {
    batch: wanted = 8,
    pictures = wanted,
    tuning = presetTuning(session.adapter),
  }: ExtractorOptions = {},
): Promise<FeatureExtractor> {
  const limit = session.adapter.limits.maxStorageBufferBindingSize;
  const single = optimise(model.graph, model);
  const most = Math.min(wanted, largestBatch(single, limit));
  const batch = evenBatch(pictures, most);
  // Buffers with names outlive a program: no extractor may meet those of another.
  const label = `features ${nextExtractor++}`;
  const plan = planBatch(model, { batch, label, tuning });
  const features = await session.load(plan);
  const { texels } = tuning;
  return new FeatureExtractor(session, { model, batch, features, texels });
}

let nextExtractor = 1;

/** The smallest batch that takes as few runs as the largest does. */
function evenBatch(pictures: number, most: number): number {
  const runs = Math.max(1, Math.ceil(pictures / most));
  return Math.max(1, Math.ceil(pictures / runs));
}

/** Pixels a picture may have at most, to fit in one binding of the adapter. */
export function mostPixels({ adapter: { limits } }: Session): number {
  return Math.floor(mostPixelBytes(limits) / 3) - 1;
}

function mostPixelBytes(limits: Session["adapter"]["limits"]): number {
  return Math.min(limits.maxStorageBufferBindingSize, maxPixelBytes);
}

function planResize(
  resize: Resize,
  { batch, pixelBytes, buffers, texels }: {
    batch: number;
    pixelBytes: number;
    buffers: BatchBuffers;
    /** Whether kernels read texels where that pays: not of a single huge picture. */
    texels: boolean;
  },
): Plan {
  const asTexels = texels && pixelBytes <= uploadBytes
    ? ["pixels", "table", ...resize.resampling ? ["windows"] : []].join(" ")
    : "";
  const { height, width, alignCorners, halfPixelCenters } = resize;
  const params = { count: batch, outHeight: height, outWidth: width };
  const common = [
    { name: buffers.pixels(pixelBytes), bytes: pixelBytes },
    { name: buffers.table, bytes: batch * entryWords(resize) * 4 },
    { name: buffers.images, bytes: batch * height * width * 3 * 4 },
  ];
  const program = resize.resampling
    ? {
      label: "resample",
      buffers: [
        ...common,
        { name: buffers.windows, bytes: uploadBytes / pixelsPerWindow },
      ],
      steps: [
        dispatch(resampleImages, {
          ...{ params, variant: { asTexels }, reads: [0, 1, 3], writes: [2] },
          label: resize.resampling.filter,
        }),
      ],
    }
    : {
      label: "resize",
      buffers: common,
      steps: [
        dispatch(resizeImages, {
          params,
          variant: { alignCorners, halfPixelCenters, asTexels },
          reads: [0, 1],
          writes: [2],
          label: "ResizeBilinear",
        }),
      ],
    };
  return { program, constants: new Map() };
}

/** Words of the table for a picture. */
function entryWords({ resampling }: Resize): number {
  return resampling ? resampleEntryWords : 4;
}

/** What is uploaded of pictures. */
interface Upload {
  readonly pixels: Uint32Array;
  readonly table: Uint32Array;
  /** Where pictures are resampled. */
  readonly windows?: Uint32Array;
}

function pack(
  chunk: readonly Entry[],
  { resampling, height, width }: Resize,
): Upload {
  return resampling
    ? packResampled(chunk, { ...resampling, out: { height, width } })
    : packImages(chunk);
}

/** A loaded model: {@linkcode FeatureExtractor.run} takes up to `batch` pictures. */
export class FeatureExtractor {
  /** Pictures a run takes at most. */
  readonly batch: number;
  /** Values of a feature row. */
  readonly width: number;
  /** Pixels a picture may have at most, to fit in one binding of the adapter. */
  readonly maxPixels: number;
  readonly #session: Session;
  readonly #model: FeatureModel;
  readonly #features: ProgramHandle;
  readonly #buffers: BatchBuffers;
  /** Resize programs by the size of their upload buffer. */
  readonly #resizes = new Map<number, ProgramHandle>();
  readonly #texels: boolean;
  readonly #largestPixelBytes: number;
  /** Resolves when the last run is with the GPU: no other may come between its uploads. */
  #submitted: Promise<unknown> = Promise.resolve();

  /** Loaded programs on a session; see {@linkcode openExtractor}. */
  constructor(
    session: Session,
    { model, batch, features, texels }: {
      model: FeatureModel;
      batch: number;
      features: ProgramHandle;
      /** Whether kernels read texels. */
      texels: boolean;
    },
  ) {
    this.batch = batch;
    this.width = model.width;
    this.#session = session;
    this.#model = model;
    this.#features = features;
    this.#texels = texels;
    this.#buffers = batchBuffers(features.label);
    this.#largestPixelBytes = mostPixelBytes(session.adapter.limits);
    this.maxPixels = mostPixels(session);
  }

  /**
   * The features of up to `batch` pictures, a row each. A row's bytes do not
   * depend on the others: the batch always runs whole. Another run may begin
   * before this one has ended; the GPU then goes from one to the next at once.
   */
  async run(images: readonly RgbImage[]): Promise<Float32Array[]> {
    if (images.length > this.batch) {
      throw new RangeError(`${images.length} pictures, at most ${this.batch}`);
    }
    const turn = this.#submitted.then(() => this.#submit(images));
    // Its failure is this run's alone.
    this.#submitted = turn.catch(() => {});
    const bytes = await (await turn).bytes;
    return images.map((_, index) =>
      new Float32Array(bytes, index * this.width * 4, this.width).slice()
    );
  }

  /** Resolves when all is submitted, with what is waited for. */
  async #submit(
    images: readonly RgbImage[],
  ): Promise<{ bytes: Promise<ArrayBuffer> }> {
    const chunks = chunksOf(images, this.#model.resize);
    for (const chunk of chunks) await this.#upload(chunk);
    await this.#session.run(this.#features);
    const { features } = this.#buffers;
    const length = images.length * this.width * 4;
    return { bytes: this.#session.read(features, length) };
  }

  async #upload(chunk: readonly Entry[]): Promise<void> {
    const { pixels, table, windows } = pack(chunk, this.#model.resize);
    const pixelBytes = pixels.byteLength <= uploadBytes
      ? uploadBytes
      : this.#largestPixelBytes;
    const resize = await this.#resize(pixelBytes);
    const whole = new Uint32Array(
      this.batch * entryWords(this.#model.resize),
    );
    whole.set(table);
    if (windows) {
      await this.#session.write(this.#buffers.windows, windows);
    }
    await this.#session.write(this.#buffers.pixels(pixelBytes), pixels);
    await this.#session.write(this.#buffers.table, whole);
    await this.#session.run(resize);
  }

  async #resize(pixelBytes: number): Promise<ProgramHandle> {
    const known = this.#resizes.get(pixelBytes);
    if (known) return known;
    const { batch } = this;
    const buffers = this.#buffers;
    const handle = await this.#session.load(
      planResize(this.#model.resize, {
        ...{ batch, pixelBytes, buffers },
        texels: this.#texels,
      }),
    );
    this.#resizes.set(pixelBytes, handle);
    return handle;
  }

  /** Frees what the model holds on the GPU, but for the buffers with names. */
  async close(): Promise<void> {
    for (const handle of [this.#features, ...this.#resizes.values()]) {
      await this.#session.unload(handle);
    }
  }
}

type Entry = Parameters<typeof packImages>[0][number];

/** Runs of pictures that fit together into the usual upload buffers, or are alone. */
function chunksOf(
  images: readonly RgbImage[],
  { resampling, height: outHeight, width: outWidth }: Resize,
): Entry[][] {
  const out = { height: outHeight, width: outWidth };
  const chunks: Entry[][] = [];
  let room = 0;
  for (const [row, { pixels, height, width }] of images.entries()) {
    const bytes = Math.max(
      roundUp(pixels.length, 4),
      // What a picture is resampled to may be uploaded in its place.
      ...resampling
        ? [
          windowBytes({ height, width }, { ...resampling, out }) *
          pixelsPerWindow,
          roundUp(outHeight * outWidth * 3, 4),
        ]
        : [],
    );
    if (bytes > room) {
      chunks.push([]);
      room = uploadBytes;
    }
    chunks[chunks.length - 1].push({ rgb: pixels, height, width, row });
    room -= bytes;
  }
  return chunks;
}
