/**
 * The model store: one folder a model below `HOME/models`, holding its file and
 * a small record of the digest it was checked against.
 *
 * @module
 */
import { join } from "@std/path";
import * as v from "valibot";
import {
  errorCode,
  type FileDigest,
  fileError,
  fileLimits,
  readRegularText,
  replaceFile,
} from "../bytes/mod.ts";
import { checkRecord } from "../bytes/record.ts";
import { espalierHome } from "../data/home.ts";
import { InputError } from "../errors.ts";
import type { ModelEntry, ModelSource } from "../../models/mod.ts";
import { checkFile, type ExpectedFile } from "./_verified_file.ts";

/** A model's file, as it was when it came: its size, and its SHA-256 in hex. */
type StoredModel = NonNullable<Awaited<ReturnType<Store["find"]>>>;

/** A model store. */
export interface Store {
  /** `$ESPALIER_HOME`. */
  readonly home: string;
  /** A model's file, there or not. */
  path(entry: ModelEntry): string;
  /** The file that says with which digest a model was checked; without it, it is not there. */
  recordPath(entry: ModelEntry): string;
  /**
   * The size of the model's file and its SHA-256 in hex, if it is there, of the
   * right size, and was checked when it came. Quick: the digest is not computed
   * again.
   */
  find(
    entry: ModelEntry,
  ): Promise<
    { readonly bytes: number; readonly sha256: string } | undefined
  >;
  /** Whether {@linkcode Store.find} finds the model. */
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
 * import { modelNamed } from "../../models/mod.ts";
 * const store = openStore("/no/such/home");
 * strictEqual(await store.has(modelNamed("inception-v3-npm")), false);
 * ```
 */
export function openStore(home: string = espalierHome(Deno.env).root): Store {
  const store: Store = {
    home,
    path: ({ name, file }) => join(home, "models", name, file),
    recordPath: (entry) => `${store.path(entry)}.json`,
    find: (entry) => find(store, entry),
    has: async (entry) => await find(store, entry) !== undefined,
    async verify(entry) {
      const path = store.path(entry);
      const expected = await expectedOf(store, entry);
      const { difference, ...found } = await checkFile(path, expected);
      if (difference !== undefined) {
        throw new InputError(
          `"${path}" is not the expected file (${difference}); delete it and run "espalier fetch ${entry.name}"`,
        );
      }
      await recordModel(store, entry, { found });
    },
  };
  return store;
}

async function find(
  store: Store,
  entry: ModelEntry,
): Promise<StoredModel | undefined> {
  const path = store.path(entry);
  try {
    const { isFile, size } = await Deno.stat(path);
    const { sha256, bytes } = await recorded(store, entry) ?? {};
    const isRight = isFile && sha256 !== undefined && size === bytes;
    return isRight ? { bytes, sha256 } : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw fileError(error, { doing: "read", path });
  }
}

/** What is recorded of the file, if that is what the publisher says of it. */
async function recorded(
  store: Store,
  entry: ModelEntry,
): Promise<StoredModel | undefined> {
  const path = store.recordPath(entry);
  try {
    const text = await readRegularText(path, fileLimits.record);
    const { record } = checkRecord(recordSchema, JSON.parse(text));
    if (!record || !isOf(record, entry)) return undefined;
    // Records of files that are known whole did not always say their size.
    const { sha256, bytes = entry.bytes } = record;
    return { sha256, bytes };
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "");
}

/** What of a model's record is read. */
const recordSchema = v.object({
  sha256: v.string(),
  bytes: v.optional(v.number()),
  md5: v.optional(v.string()),
});

function isOf(
  { sha256, bytes, md5 }: v.InferOutput<typeof recordSchema>,
  entry: ModelEntry,
): boolean {
  const { published } = entry;
  switch (published.by) {
    case "sha256":
      return sha256 === published.sha256 && (bytes ?? entry.bytes) ===
          entry.bytes;
    case "sha256-start":
      return sha256.startsWith(published.sha256);
    case "md5":
      return md5 === published.md5;
    case "nothing":
      return true;
    default:
      return published satisfies never;
  }
}

/** What a model's file has to be: as it was published, and as it was when it came first. */
export async function expectedOf(
  store: Store,
  entry: ModelEntry,
): Promise<ExpectedFile> {
  const { published, bytes } = entry;
  if (published.by === "sha256") return { bytes, sha256: published.sha256 };
  const { by: _by, ...known } = published;
  return { ...known, ...await recorded(store, entry) };
}

/** Notes beside the model that it has been checked, and what it is. */
export async function recordModel(
  store: Store,
  entry: ModelEntry,
  { found, source = entry.sources[0] }: {
    /** What the file is. */
    readonly found: Pick<FileDigest, "sha256" | "size">;
    /** Where it came from [the first of its sources]. */
    readonly source?: ModelSource;
  },
): Promise<void> {
  const { name, published, provenance, licence } = entry;
  const { sha256, size: bytes } = found;
  const { by: verifiedBy, ...known } = published;
  const record = {
    ...{ name, ...known, bytes, sha256, verifiedBy },
    ...{ source, provenance, licence },
  };
  await replaceFile(
    store.recordPath(entry),
    `${JSON.stringify(record, null, 2)}\n`,
  );
}
