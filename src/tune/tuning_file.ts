/**
 * Tables of the fastest kernels, kept by adapter.
 *
 * @module
 */
import { join } from "@std/path";
import {
  conv2d,
  conv2dCall,
  conv2dTiles,
  pointwise,
} from "../../kernels/conv2d.ts";
import { wgslOf } from "../../kernels/kernel.ts";
import { winogradOutputs } from "../../kernels/winograd.ts";
import { winogradInput } from "../../kernels/winograd_input.ts";
import { winogradOutput } from "../../kernels/winograd_output.ts";
import {
  errorCode,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  replaceFile,
  sha256,
} from "../bytes/mod.ts";
import { messageOf } from "../errors.ts";
import type { AdapterFacts } from "../gpu/mod.ts";
import { parseTuning, type Tuning } from "../plan/mod.ts";

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

/** A table that was found, or why there is none to be used. */
export interface KnownTuning {
  /** Absent if there is no file, or none to be trusted. */
  readonly tuning?: Tuning;
  /** Why a file that is there is not used. */
  readonly note?: string;
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

/**
 * Reads an adapter's table. One that is damaged, of another adapter or of other
 * kernels is not used, and the note says so.
 */
export async function readTuning(
  folder: string,
  adapter: AdapterFacts,
): Promise<KnownTuning> {
  const path = tuningPath(folder, adapter);
  try {
    const json: JsonValue = JSON.parse(await Deno.readTextFile(path));
    const { tuning, problem } = checkTuning(json, adapter);
    return tuning ? { tuning } : {
      note:
        `${path} is not used, it is ${problem}; a long job, or --retune, measures anew`,
    };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return {};
    return { note: `${path} is not used: ${messageOf(error)}` };
  }
}

function checkTuning(
  json: JsonValue,
  adapter: AdapterFacts,
): { tuning?: Tuning | undefined; problem: string } {
  if (!isJsonObject(json) || json.format !== format) {
    return { problem: "no tuning table" };
  }
  if (json.version !== version) {
    return { problem: `of version ${json.version}` };
  }
  const { checksum, ...content } = json;
  if (checksum !== sha256(JSON.stringify(content))) {
    return { problem: "damaged" };
  }
  if (JSON.stringify(json.adapter) !== JSON.stringify(factsOf(adapter))) {
    return { problem: "of another adapter" };
  }
  if (json.kernels !== tileDigest()) return { problem: "of other kernels" };
  return { tuning: parseTuning(json.tuning), problem: "damaged" };
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
