/**
 * What a run of the benchmark finds, as it is kept in `bench/history/`.
 *
 * @module
 */
import * as v from "valibot";
import { fileError } from "../src/bytes/mod.ts";
import { jsonObject, parseJson, parseRecord } from "../src/bytes/record.ts";
import { InputError } from "../src/errors.ts";

/** The parts of the benchmark, in the order they run. */
export const sectionNames = [
  "tuning",
  "roofline",
  "kernels",
  "model",
  "growth",
  "training",
  "peers",
] as const;

/** One of {@linkcode sectionNames}. */
export type SectionName = typeof sectionNames[number];

/** What a row is measured in, and whether more of it is better. */
export const units = {
  "GFLOP/s": "higher",
  "GB/s": "higher",
  "images/s": "higher",
  "steps/s": "higher",
  "times": "higher",
  "ms": "lower",
  "s": "lower",
  "MB": "lower",
} as const satisfies Record<string, "higher" | "lower">;

/** One of {@linkcode units}. */
export type Unit = keyof typeof units;

const rowSchema = v.object({
  /** The part of the benchmark it belongs to. */
  section: v.picklist(sectionNames),
  /** Unique in its section. */
  name: v.string(),
  /** What the samples are in. */
  unit: v.custom<Unit>(
    (json) => typeof json === "string" && Object.hasOwn(units, json),
    `one of ${Object.keys(units).join(", ")}`,
  ),
  /** As measured, in order; empty if the value is unknown. */
  samples: v.pipe(v.array(v.number()), v.readonly()),
  /** Runs before the first sample, which are not kept. */
  warmUp: v.number(),
  /** True of what is the machine's or a peer's: it is compared, but cannot be a regression of ours. */
  isYardstick: v.exactOptional(v.boolean()),
  /** Why there are no samples. */
  problem: v.exactOptional(v.string()),
  /** What else is known: the variant, GFLOP/s, how it was checked. */
  details: v.exactOptional(jsonObject),
});

/** One thing that was measured. */
export type Row = Readonly<v.InferOutput<typeof rowSchema>>;

const resultsSchema = v.object({
  format: v.literal("espalier-bench"),
  version: v.literal(1),
  /** When it began, ISO 8601. */
  date: v.string(),
  /** Deno's version. */
  deno: v.string(),
  /** Of the checkout, where it can be read. */
  commit: v.nullable(v.string()),
  /** Where it ran. */
  machine: v.object({
    processor: v.string(),
    cores: v.number(),
    memoryBytes: v.nullable(v.number()),
    system: v.string(),
  }),
  /** What it ran on; files have its other facts, too. */
  adapter: v.object({ description: v.string() }),
  /** In the order they were measured. */
  rows: v.pipe(v.array(rowSchema), v.readonly()),
});

/** A run of the benchmark. */
export type Results = Readonly<v.InferOutput<typeof resultsSchema>>;

/**
 * Reads a results file.
 *
 * @throws {InputError} if it cannot be read or holds something else.
 */
export async function readResults(path: string): Promise<Results> {
  try {
    return parseResults(await Deno.readTextFile(path), path);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw fileError(error, { doing: "read", path });
  }
}

/**
 * The results in the text of a results file; `source` names it in messages.
 *
 * @throws {InputError} if it holds something else.
 */
export function parseResults(text: string, source: string): Results {
  const about = {
    where: source,
    remedy: "give a file that bench --json wrote",
  };
  const results = parseRecord(resultsSchema, parseJson(text, about), about);
  return { ...results, rows: results.rows.map(renamed) };
}

/** What rows were called when one net was measured, and are called now. */
const oldNames: Partial<
  Record<SectionName, readonly (readonly [RegExp, string])[]>
> = {
  model: [
    [/^(forward|scratch memory)(?=, batch \d+$)/, "$1 of inception-v3"],
    [/^first features(?=, )/, "first features of inception-v3"],
    [/^extraction from JPEG files$/, "$&, inception-v3"],
  ],
  peers: [[/^forward(?=, )/, "forward of inception-v3"]],
};

function renamed(row: Row): Row {
  const name = (oldNames[row.section] ?? []).reduce(
    (name, [old, now]) => name.replace(old, now),
    row.name,
  );
  return { ...row, name };
}
