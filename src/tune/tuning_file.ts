/**
 * Tables of the fastest kernels, kept by adapter.
 *
 * @module
 */
import { join } from "@std/path";
import * as v from "valibot";
import {
  conv2d,
  conv2dCall,
  type Conv2dTile,
  conv2dTiles,
  pointwise,
} from "../../kernels/conv2d.ts";
import { wgslOf } from "../../kernels/kernel.ts";
import { winogradOutputs } from "../../kernels/winograd.ts";
import { winogradInput } from "../../kernels/winograd_input.ts";
import { winogradOutput } from "../../kernels/winograd_output.ts";
import {
  errorCode,
  fileErrorReason,
  fileLimits,
  isJsonObject,
  type JsonObject,
  readRegularText,
  replaceFile,
  sha256,
} from "../bytes/mod.ts";
import type { AdapterFacts } from "../gpu/mod.ts";
import { checkRecord, jsonObject } from "../bytes/record.ts";
import type { Tuning } from "../plan/mod.ts";

const format = "espalier tuning";
const version = 1;

/** What measuring an adapter came to. */
export interface TuningRecord {
  readonly tuning: Tuning;
  /** Milliseconds of a batch with the preset and with the table; absent where they are the same or there was no time. */
  readonly gain?: { readonly before: number; readonly after: number };
  /** When, as ISO 8601. */
  readonly created: string;
}

/** The file of an adapter's table in a folder of tables. */
export function tuningPath(folder: string, adapter: AdapterFacts): string {
  const digest = sha256(JSON.stringify(factsOf(adapter)));
  return join(folder, `${digest.slice(0, 16)}.json`);
}

/** Writes an adapter's table, making the folder. */
export async function writeTuning(
  folder: string,
  adapter: AdapterFacts,
  { tuning, gain, created }: TuningRecord,
): Promise<void> {
  const content = {
    format,
    version,
    created,
    adapter: factsOf(adapter),
    kernels: tileDigest(),
    gain: gain ? { ...gain } : null,
    tuning: tuningJson(tuning),
  };
  const whole = { ...content, checksum: sha256(JSON.stringify(content)) };
  await Deno.mkdir(folder, { recursive: true });
  await replaceFile(
    tuningPath(folder, adapter),
    `${JSON.stringify(whole, null, 2)}\n`,
  );
}

/** A tile that there is a kernel for, field by field. */
const tileSchema = v.custom<Conv2dTile>(
  (json) =>
    isJsonObject(json) && conv2dTiles.some((tile) => {
      const facts = Object.entries(tile);
      return facts.length === Object.keys(json).length &&
        facts.every(([name, value]) => json[name] === value);
    }),
  "a tile that there is a kernel for",
);

/** A table as files and runs keep it; older ones have no Winograd. */
export const tuningSchema: v.GenericSchema<unknown, Tuning> = v.object({
  texels: v.boolean(),
  preset: tileSchema,
  tiles: v.pipe(jsonObject, v.record(v.string(), tileSchema)),
  winograd: v.optional(
    v.pipe(jsonObject, v.record(v.string(), v.picklist(winogradOutputs))),
    {},
  ),
});

const fileSchema = v.object({
  format: v.literal(format),
  version: v.literal(version),
  checksum: v.string(),
  adapter: jsonObject,
  kernels: v.string(),
  tuning: tuningSchema,
});

/**
 * Reads an adapter's table. One that is damaged, of another adapter or of other
 * kernels is not used, and the note says so.
 */
export async function readTuning(
  folder: string,
  adapter: AdapterFacts,
): Promise<{ tuning?: Tuning; note?: string }> {
  const path = tuningPath(folder, adapter);
  try {
    const json: unknown = JSON.parse(
      await readRegularText(path, fileLimits.tuning),
    );
    const { record, problem } = checkRecord(fileSchema, json);
    const refusal = record ? mistrust(record, { json, adapter }) : problem;
    if (record && refusal === undefined) return { tuning: record.tuning };
    return {
      note:
        `${path} is not used, ${refusal}; a long job, or --retune, measures anew`,
    };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return {};
    return { note: `${path} is not used: ${fileErrorReason(error)}` };
  }
}

/** Why a whole table is of no use here. */
function mistrust(
  { adapter: measured, checksum, kernels }: v.InferOutput<typeof fileSchema>,
  { json, adapter }: { json: unknown; adapter: AdapterFacts },
): string | undefined {
  const { checksum: _, ...content } = Object(json);
  if (checksum !== sha256(JSON.stringify(content))) return "it is damaged";
  if (JSON.stringify(measured) !== JSON.stringify(factsOf(adapter))) {
    return "it is of another adapter";
  }
  return kernels === tileDigest() ? undefined : "it is of other kernels";
}

/** A tuning as `run.json` keeps it. */
export function tuningJson(
  { texels, preset, tiles, winograd }: Tuning,
): JsonObject {
  return {
    texels,
    preset: { ...preset },
    tiles: Object.fromEntries(
      Object.entries(tiles).map(([name, tile]) => [name, { ...tile }]),
    ),
    winograd: { ...winograd },
  };
}

function factsOf(adapter: AdapterFacts): JsonObject {
  const { description, vendor, architecture, isFallback, features, limits } =
    adapter;
  return { description, vendor, architecture, isFallback, features, limits };
}

/** A digest of the text of every tile and of Winograd's transforms: times of other kernels say nothing. */
function tileDigest(): string {
  const texts = conv2dTiles.flatMap((tile) =>
    [3, 4].map((channels) => {
      const sides = { height: 8, width: 8, inChannels: channels };
      const { variant } = conv2dCall(
        pointwise({ ...sides, outChannels: 16 }),
        { batch: 1, activation: "relu", tile },
      );
      return wgslOf(conv2d, variant).code;
    })
  );
  const transforms = winogradOutputs.flatMap((outputs) => {
    const how = { outputs, windowHeight: 3, windowWidth: 3, texels: true };
    return [
      wgslOf(winogradInput, how).code,
      wgslOf(winogradOutput, { ...how, activation: "relu" }).code,
    ];
  });
  return sha256([...texts, ...transforms].join("\n"));
}
