/**
 * Whether a long extraction slows down or takes more and more memory.
 *
 * @module
 */
import { extractRows, openExtractor, openModel } from "../src/features/mod.ts";
import { openSession } from "../src/gpu/mod.ts";
import { openDecoders } from "../src/image/mod.ts";
import { readBenchModel } from "./bench_model.ts";
import { writePictures } from "./pictures.ts";
import type { Section } from "./section.ts";
import { benchTuning } from "./tuning.ts";

/** Pictures of a batch; the first batch compiles and is not counted. */
const batch = 8;

/** Pictures after which the clock, or the memory, is looked at. */
const marks = { few: 32, early: 100, many: 256, all: 1000 } as const;

/** What is known after so many pictures. */
interface Mark {
  readonly milliseconds: number;
  readonly rss: number;
  readonly buffers: number;
}

/** A thousand pictures in one go, which takes minutes on a software adapter. */
export const growth: Section = {
  name: "growth",
  isOnRequest: true,
  async run({ terminal, signal, add }) {
    const progress = terminal.progress({
      label: "growth",
      unit: "images",
      total: batch + marks.all,
    });
    const at = await extractThousand((done) => {
      signal.throwIfAborted();
      progress.update(done);
    });
    progress.close();
    const common = { section: "growth", warmUp: 1 } as const;
    const each = (count: number) => at(count).milliseconds / count;
    add({
      ...common,
      name: `time of an image among ${marks.few}`,
      unit: "ms",
      samples: [each(marks.few)],
    });
    add({
      ...common,
      name: `time of an image among ${marks.many}`,
      unit: "ms",
      samples: [each(marks.many)],
      details: {
        [`share of that among ${marks.few}`]: each(marks.many) /
          each(marks.few),
      },
    });
    const { rss, buffers } = at(marks.all);
    const early = at(marks.early);
    add({
      ...common,
      name: `RSS after ${marks.all} images`,
      unit: "MB",
      samples: [rss / 1e6],
      details: {
        [`share of that after ${marks.early}`]: rss / early.rss,
        "GPU buffers gained": buffers - early.buffers,
      },
    });
  },
};

/** Extracts and gives what was known after each of the marks. */
async function extractThousand(
  onImage: (done: number) => void,
): Promise<(count: number) => Mark> {
  const { bytes } = await readBenchModel();
  const folder = await Deno.makeTempDir({ prefix: "espalier-growth-" });
  const session = await openSession();
  const decoders = openDecoders();
  const known = new Map<number, Mark>();
  try {
    const files = await writePictures(folder, batch + marks.all);
    const requests = files.map((file, index) => ({ file, sha256: `${index}` }));
    const tuning = await benchTuning(session.adapter);
    const extractor = await openExtractor(session, openModel(bytes), {
      batch,
      tuning,
    });
    const open = () => Promise.resolve({ extractor, decoders });
    const wanted: readonly number[] = Object.values(marks);
    let done = -batch;
    let start = performance.now();
    for await (const { kind } of extractRows(requests, { open })) {
      if (kind !== "row") throw new Error("a picture did not come out");
      onImage(++done + batch);
      if (done === 0) start = performance.now();
      if (!wanted.includes(done)) continue;
      known.set(done, {
        milliseconds: performance.now() - start,
        rss: Deno.memoryUsage().rss,
        buffers: await session.liveBuffers(),
      });
    }
  } finally {
    decoders.close();
    await session.close();
    await Deno.remove(folder, { recursive: true });
  }
  return (count) => {
    const mark = known.get(count);
    if (!mark) throw new Error(`Nothing is known of ${count} images`);
    return mark;
  };
}
