/**
 * Picture files to feature rows: cached rows at once, the others decoded on all
 * cores while the GPU works on the batch before.
 *
 * @module
 */
import { InputError, messageOf } from "../errors.ts";
import type { RgbImage } from "../image/mod.ts";
import type { FeatureExtractor } from "./extractor.ts";

/** A picture whose features are wanted. */
export interface FeatureRequest {
  /** Where it is read from. */
  readonly file: string;
  /** Digest of its bytes, under which its row is cached. */
  readonly sha256: string;
}

/** Where rows are kept between runs. */
export interface RowCache {
  /** The row of a picture, by the digest of its bytes. */
  get(sha256: string): Promise<Float32Array | undefined>;
  /** Keeps the row of a picture. */
  put(sha256: string, row: Float32Array): Promise<void>;
}

/** What comes of a request; `index` is its place in the list of requests. */
export type FeatureEvent =
  | {
    readonly kind: "row";
    readonly index: number;
    readonly row: Float32Array;
    readonly isCached: boolean;
  }
  /** The picture could not be decoded, or its row is not finite. */
  | {
    readonly kind: "skipped";
    readonly index: number;
    readonly reason: string;
  }
  /** The picture was decoded, but the user should hear something of it. */
  | {
    readonly kind: "warning";
    readonly index: number;
    readonly message: string;
  };

/** What makes rows of pictures: a {@linkcode FeatureExtractor}, or what stands in for one. */
export type RowExtractor = Pick<FeatureExtractor, "batch" | "run">;

/** Reads a picture, and refuses bytes of another digest: its row is kept under that. */
export interface PictureSource {
  /** Throws an {@linkcode InputError} with the reason alone. */
  decode(
    file: string,
    known: Pick<FeatureRequest, "sha256">,
  ): Promise<RgbImage>;
}

/** What {@linkcode extractRows} works with; opened only if a row is missing. */
export interface ExtractTools {
  /** Where rows are kept; nowhere if absent. */
  readonly cache?: RowCache;
  /** Opens what missing rows need, of which there are so many. */
  open(
    missing: number,
  ): Promise<{ extractor: RowExtractor; decoders: PictureSource }>;
}

/**
 * Yields one `row` or `skipped` for each request, cached ones first, in no
 * promised order beyond that. New rows are in the cache before they are yielded.
 */
export async function* extractRows(
  requests: readonly FeatureRequest[],
  { cache, open }: ExtractTools,
): AsyncGenerator<FeatureEvent> {
  const missing: number[] = [];
  const cached = inTurn(requests.keys(), {
    ahead: readsAhead,
    work: async (index) => ({
      index,
      row: await cache?.get(requests[index].sha256),
    }),
  });
  for await (const { index, row } of cached) {
    if (row) yield { kind: "row", index, row, isCached: true };
    else missing.push(index);
  }
  if (missing.length === 0) return;
  const { extractor, decoders } = await open(missing.length);
  const decoded = inTurn(missing, {
    ahead: 2 * extractor.batch,
    work: (index) => decode(index, requests[index], decoders),
  });
  const running: Promise<FeatureEvent[]>[] = [];
  let batch: { index: number; image: RgbImage }[] = [];
  const start = () => {
    const members = batch;
    batch = [];
    const rows = runBatch(members, { extractor, requests, cache });
    // A failure is thrown where the batch is awaited, after the next is decoded.
    rows.catch(() => {});
    running.push(rows);
  };
  for await (const { index, image, reason } of decoded) {
    if (!image) {
      yield { kind: "skipped", index, reason };
      continue;
    }
    if (image.warning) yield { kind: "warning", index, message: image.warning };
    batch.push({ index, image });
    if (batch.length < extractor.batch) continue;
    start();
    // The next batch is with the GPU before this one is waited for.
    if (running.length === batchesUnderWay) yield* await running.shift() ?? [];
  }
  if (batch.length > 0) start();
  for (const rows of running) yield* await rows;
}

/** Cached rows that are read at once: waiting is most of it. */
const readsAhead = 16;

/** Batches that the GPU has at once: one that it computes, and what it goes on with. */
const batchesUnderWay = 2;

/** The results in order, with at most `ahead` of them held or on their way. */
async function* inTurn<T>(
  indices: Iterable<number>,
  { ahead, work }: { ahead: number; work: (index: number) => Promise<T> },
): AsyncGenerator<T> {
  const queue: Promise<T>[] = [];
  for (const index of indices) {
    const result = work(index);
    // A failure is thrown where it is awaited, which may be never.
    result.catch(() => {});
    queue.push(result);
    const first = queue.length < ahead ? undefined : queue.shift();
    if (first) yield await first;
  }
  for (const result of queue) yield await result;
}

async function decode(
  index: number,
  { file, sha256 }: FeatureRequest,
  decoders: PictureSource,
) {
  try {
    return { index, image: await decoders.decode(file, { sha256 }) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { index, reason: messageOf(error) };
  }
}

async function runBatch(
  members: readonly { index: number; image: RgbImage }[],
  { extractor, requests, cache }: {
    extractor: RowExtractor;
    requests: readonly FeatureRequest[];
    cache: RowCache | undefined;
  },
): Promise<FeatureEvent[]> {
  const rows = await extractor.run(members.map(({ image }) => image));
  const events: FeatureEvent[] = [];
  for (const [at, { index }] of members.entries()) {
    const row = rows[at];
    const wrong = row.find((value) => !Number.isFinite(value));
    if (wrong !== undefined) {
      const reason =
        `the graph computes ${wrong} for it: check the model, or run \`espalier doctor\` to test the adapter`;
      events.push({ kind: "skipped", index, reason });
      continue;
    }
    await cache?.put(requests[index].sha256, row);
    events.push({ kind: "row", index, row, isCached: false });
  }
  return events;
}
