/**
 * The model store: one folder a model below `HOME/models`, holding the frozen
 * graph and a small record of the digest it was checked against.
 *
 * @module
 */
import { join } from "@std/path";
import * as v from "valibot";
import { errorCode, fileError, replaceFile } from "../bytes/mod.ts";
import { checkRecord } from "../bytes/record.ts";
import { espalierHome } from "../data/home.ts";
import { InputError } from "../errors.ts";
import type { ModelEntry } from "../../models/mod.ts";
import { differenceOf } from "./_verified_file.ts";

/** The folder of a model: `HOME/models/NAME`. */
export function modelFolder(home: string, entry: ModelEntry): string {
  return join(home, "models", entry.name);
}

/** The file of a model's frozen graph, there or not. */
export function modelPath(home: string, entry: ModelEntry): string {
  return join(modelFolder(home, entry), entry.file);
}

/** The file that says with which digest a model was checked; without it, it is not there. */
export function modelRecordPath(home: string, entry: ModelEntry): string {
  return `${modelPath(home, entry)}.json`;
}

/** A model store. */
export interface Store {
  /** `$ESPALIER_HOME`. */
  readonly home: string;
  /** The file of a model's frozen graph, there or not. */
  path(entry: ModelEntry): string;
  /**
   * Whether the model is there, of the right size, and was checked when it
   * came. Quick: the digest is not computed again.
   */
  has(entry: ModelEntry): Promise<boolean>;
  /**
   * Computes the digest of the model's file and records it.
   *
   * @throws {InputError} if the file is missing or another one.
   */
  verify(entry: ModelEntry): Promise<void>;
}

/**
 * The model store below `home` [`$ESPALIER_HOME` or `~/.cache/espalier`];
 * nothing is made or read yet.
 *
 * @example
 * ```ts
 * import { strictEqual } from "@std/assert";
 * import { models } from "../../models/mod.ts";
 * const store = openStore("/no/such/home");
 * strictEqual(await store.has(models["inception-v3-npm"]), false);
 * ```
 */
export function openStore(home: string = espalierHome(Deno.env).root): Store {
  return {
    home,
    path: (entry) => modelPath(home, entry),
    has: (entry) => hasModel(home, entry),
    verify: (entry) => verifyModel(home, entry),
  };
}

/** What of a model's record is read. */
const recordSchema = v.object({ sha256: v.string() });

async function hasModel(home: string, entry: ModelEntry): Promise<boolean> {
  const path = modelPath(home, entry);
  try {
    const { isFile, size } = await Deno.stat(path);
    const json: unknown = JSON.parse(
      await Deno.readTextFile(modelRecordPath(home, entry)),
    );
    const { record } = checkRecord(recordSchema, json);
    return isFile && size === entry.bytes && record?.sha256 === entry.sha256;
  } catch (error) {
    const isAbsent = ["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "");
    if (isAbsent || error instanceof SyntaxError) return false;
    throw fileError(error, { doing: "read", path });
  }
}

async function verifyModel(home: string, entry: ModelEntry): Promise<void> {
  const path = modelPath(home, entry);
  const difference = await differenceOf(path, entry);
  if (difference !== undefined) {
    throw new InputError(
      `"${path}" is not the expected file (${difference}); delete it and run "espalier fetch ${entry.name}"`,
    );
  }
  await recordModel(home, entry);
}

/** Notes beside the model that it has been checked, and what it is. */
export async function recordModel(
  home: string,
  entry: ModelEntry,
): Promise<void> {
  const { name, bytes, sha256, source, provenance, licence } = entry;
  const record = { name, bytes, sha256, source, provenance, licence };
  await replaceFile(
    modelRecordPath(home, entry),
    `${JSON.stringify(record, null, 2)}\n`,
  );
}
