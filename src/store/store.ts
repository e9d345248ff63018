/**
 * The model store: one folder a model below `HOME/models`, holding the frozen
 * graph and a small record of the digest it was checked against.
 *
 * @module
 */
import { join } from "@std/path";
import * as v from "valibot";
import {
  errorCode,
  fileError,
  fileLimits,
  readRegularText,
  replaceFile,
} from "../bytes/mod.ts";
import { checkRecord } from "../bytes/record.ts";
import { espalierHome } from "../data/home.ts";
import { InputError } from "../errors.ts";
import type { ModelEntry } from "../../models/mod.ts";
import { differenceOf } from "./_verified_file.ts";

/** A model store. */
export interface Store {
  /** `$ESPALIER_HOME`. */
  readonly home: string;
  /** The file of a model's frozen graph, there or not. */
  path(entry: ModelEntry): string;
  /** The file that says with which digest a model was checked; without it, it is not there. */
  recordPath(entry: ModelEntry): string;
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
  const store: Store = {
    home,
    path: ({ name, file }) => join(home, "models", name, file),
    recordPath: (entry) => `${store.path(entry)}.json`,
    async has(entry) {
      const path = store.path(entry);
      try {
        const { isFile, size } = await Deno.stat(path);
        const text = await readRegularText(
          store.recordPath(entry),
          fileLimits.record,
        );
        const { record } = checkRecord(recordSchema, JSON.parse(text));
        return isFile && size === entry.bytes &&
          record?.sha256 === entry.sha256;
      } catch (error) {
        const isAbsent = ["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "");
        if (isAbsent || error instanceof SyntaxError) return false;
        throw fileError(error, { doing: "read", path });
      }
    },
    async verify(entry) {
      const path = store.path(entry);
      const difference = await differenceOf(path, entry);
      if (difference !== undefined) {
        throw new InputError(
          `"${path}" is not the expected file (${difference}); delete it and run "espalier fetch ${entry.name}"`,
        );
      }
      await recordModel(store, entry);
    },
  };
  return store;
}

/** What of a model's record is read. */
const recordSchema = v.object({ sha256: v.string() });

/** Notes beside the model that it has been checked, and what it is. */
export async function recordModel(
  store: Store,
  entry: ModelEntry,
): Promise<void> {
  const { name, bytes, sha256, source, provenance, licence } = entry;
  const record = { name, bytes, sha256, source, provenance, licence };
  await replaceFile(
    store.recordPath(entry),
    `${JSON.stringify(record, null, 2)}\n`,
  );
}
