/**
 * Whether a long extraction slows down or takes more and more memory.
 *
 * @module
 */
import { GateError } from "../src/errors.ts";
import { formatNumber, formatTable } from "../src/cli/format.ts";
import { extractRows, openExtractor } from "../src/features/mod.ts";
import { openSession } from "../src/gpu/mod.ts";
import { openDecoders } from "../src/image/mod.ts";
import { openNet } from "./nets.ts";
import { writePictures } from "./pictures.ts";
import type { Row } from "./results.ts";
import type { Section } from "./section.ts";
import { benchTuning } from "./tuning.ts";

/** Pictures of a batch; the first batch compiles and is not counted. */
const batch = 8;

/** Pictures after which the clock, or the memory, is looked at. */
const marks = { few: 32, early: 100, many: 256, all: 1000 } as const;

/** What is known after so many pictures. */
export interface Mark {
  /** Since the first batch, which compiled. */
  readonly milliseconds: number;
  /** Bytes of the process in memory. */
  readonly rss: number;
  /** Live GPU buffers. */
  readonly buffers: number;
}

/** What is known after each number of pictures. */
export type Marks = Readonly<Record<keyof typeof marks, Mark>>;

/** A bound, and whether it holds. */
export interface Verdict {
  readonly name: string;
  readonly value: number;
  /** The value may be this at most. */
  readonly bound: number;
  readonly holds: boolean;
}

/** What must hold however long an extraction is. */
export function judgeGrowth({ few, many, early, all }: Marks): Verdict[] {
  const each = {
    few: few.milliseconds / marks.few,
    many: many.milliseconds / marks.many,
  };
  return [
    {
      name: `time of an image among ${marks.many}, to that among ${marks.few}`,
      value: each.many / each.few,
      bound: 1.1,
    },
    {
      name: `RSS after ${marks.all} images, to that after ${marks.early}`,
      value: all.rss / early.rss,
      bound: 1.05,
    },
    {
      name: `GPU buffers gained since image ${marks.early}`,
      value: all.buffers - early.buffers,
      bound: 0,
    },
  ].map((verdict) => ({ ...verdict, holds: verdict.value <= verdict.bound }));
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
    for (const row of rowsOf(at)) add(row);
    const verdicts = judgeGrowth(at);
    for (const line of verdictTable(verdicts)) terminal.line(line);
    const broken = verdicts.filter(({ holds }) => !holds);
    if (broken.length === 0) return;
    throw new GateError(
      `${
        broken.map(({ name }) => `"${name}"`).join(", ")
      } grew beyond its bound: run it again on an idle machine before you look for the cause`,
    );
  },
};

function rowsOf({ few, many, all }: Marks): Row[] {
  const common = { section: "growth", warmUp: 1 } as const;
  const time = (count: number, { milliseconds }: Mark): Row => ({
    ...common,
    name: `time of an image among ${count}`,
    unit: "ms",
    samples: [milliseconds / count],
  });
  return [
    time(marks.few, few),
    time(marks.many, many),
    {
      ...common,
      name: `RSS after ${marks.all} images`,
      unit: "MB",
      samples: [all.rss / 1e6],
      details: { "GPU buffers": all.buffers },
    },
  ];
}

function verdictTable(verdicts: readonly Verdict[]): string[] {
  return formatTable([
    ["", "measured", "at most", "what must not grow"],
    ...verdicts.map(({ holds, value, bound, name }) => [
      holds ? "holds" : "BROKEN",
      formatNumber(value),
      formatNumber(bound),
      name,
    ]),
  ], { right: [1, 2] });
}

/** Extracts and gives what was known after each of the marks. */
async function extractThousand(
  onImage: (done: number) => void,
): Promise<Marks> {
  const { model } = await openNet("inception-v3");
  if (!model) throw new Error("Inception-v3 takes pictures");
  const folder = await Deno.makeTempDir({ prefix: "espalier-growth-" });
  const session = await openSession();
  const decoders = openDecoders();
  const known = new Map<number, Mark>();
  try {
    const requests = await writePictures(folder, batch + marks.all);
    const tuning = await benchTuning(session.adapter);
    const extractor = await openExtractor(session, model, { batch, tuning });
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
  const after = (count: number) => {
    const mark = known.get(count);
    if (!mark) throw new Error(`Nothing is known of ${count} images`);
    return mark;
  };
  return {
    few: after(marks.few),
    early: after(marks.early),
    many: after(marks.many),
    all: after(marks.all),
  };
}
