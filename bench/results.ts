/**
 * What a run of the benchmark finds, as it is kept in `bench/history/`.
 *
 * @module
 */
import {
  fileError,
  isJsonObject,
  type JsonObject,
  type JsonValue,
} from "../src/bytes/mod.ts";
import { InputError } from "../src/errors.ts";
import type { AdapterFacts } from "../src/gpu/mod.ts";
import type { Machine } from "./machine.ts";

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

/** One thing that was measured. */
export interface Row {
  /** The part of the benchmark it belongs to. */
  readonly section: SectionName;
  /** Unique in its section. */
  readonly name: string;
  /** What the samples are in. */
  readonly unit: Unit;
  /** As measured, in order; empty if the value is unknown. */
  readonly samples: readonly number[];
  /** Runs before the first sample, which are not kept. */
  readonly warmUp: number;
  /** True of what is the machine's or a peer's: it is compared, but cannot be a regression of ours. */
  readonly isYardstick?: boolean;
  /** Why there are no samples. */
  readonly problem?: string;
  /** What else is known: the variant, GFLOP/s, how it was checked. */
  readonly details?: JsonObject;
}

/** A run of the benchmark. */
export interface Results {
  /** Tells the file from others. */
  readonly format: "espalier-bench";
  /** Of the format. */
  readonly version: 1;
  /** When it began, ISO 8601. */
  readonly date: string;
  /** Deno's version. */
  readonly deno: string;
  /** Of the checkout, where it can be read. */
  readonly commit: string | null;
  /** Where it ran. */
  readonly machine: Machine;
  /** What it ran on. */
  readonly adapter: AdapterFacts;
  /** In the order they were measured. */
  readonly rows: readonly Row[];
}

/**
 * Reads a results file.
 *
 * @throws {InputError} if it cannot be read or holds something else.
 */
export async function readResults(path: string): Promise<Results> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    throw fileError(error, { doing: "read", path });
  }
  return parseResults(text, path);
}

/**
 * The results in the text of a results file; `source` names it in messages.
 *
 * @throws {InputError} if it holds something else.
 */
export function parseResults(text: string, source: string): Results {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // Not JSON at all: the same sentence as for other JSON.
  }
  if (isResults(json)) return json;
  throw new InputError(
    `"${source}" holds no results of this benchmark: give a file that bench --json wrote`,
  );
}

function isResults(json: unknown): json is Results {
  return isJsonObject(json) && json.format === "espalier-bench" &&
    json.version === 1 && isJsonObject(json.adapter) &&
    typeof json.adapter.description === "string" &&
    isJsonObject(json.machine) && typeof json.machine.processor === "string" &&
    typeof json.machine.cores === "number" && typeof json.date === "string" &&
    typeof json.deno === "string" && Array.isArray(json.rows) &&
    json.rows.every(isRow);
}

function isRow(row: JsonValue): boolean {
  return isJsonObject(row) && typeof row.name === "string" &&
    sectionNames.some((name) => name === row.section) &&
    typeof row.unit === "string" && Object.hasOwn(units, row.unit) &&
    typeof row.warmUp === "number" && Array.isArray(row.samples) &&
    row.samples.every((sample) => typeof sample === "number") &&
    (row.details === undefined || isJsonObject(row.details));
}
