/**
 * The results that are kept in `bench/history/`: one file for each commit that
 * changed speed, named by date, commit and adapter.
 *
 * @module
 */
import { join } from "@std/path";
import { InputError, UsageError } from "../src/errors.ts";
import { readResults, type Results } from "./results.ts";

/** What `--json` and `--compare` take for a file of the history. */
export const historyWord = "history";

const folder = new URL("history/", import.meta.url).pathname;

/** A kept file. */
export interface KeptResults {
  readonly path: string;
  readonly results: Results;
}

/**
 * What is kept, the oldest first.
 *
 * @throws {InputError} if a file is no results
 */
export async function readHistory(): Promise<KeptResults[]> {
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  const paths = names.filter((name) => name.endsWith(".json"))
    .map((name) => join(folder, name));
  const kept = await Promise.all(
    paths.map(async (path) => ({ path, results: await readResults(path) })),
  );
  return kept.toSorted((a, b) =>
    Date.parse(a.results.date) - Date.parse(b.results.date)
  );
}

/**
 * The newest results of an adapter.
 *
 * @throws {InputError} if none are kept; the message says of which there are
 */
export function newestOf(
  history: readonly KeptResults[],
  adapter: string,
): KeptResults {
  const newest = history.findLast(({ results }) =>
    results.adapter.description === adapter
  );
  if (newest) return newest;
  const known = new Set(
    history.map(({ results }) => results.adapter.description),
  );
  throw new InputError(
    `bench/history has no results of ${adapter}, only of ${
      [...known].join(", ")
    }: keep some with --json ${historyWord} first`,
  );
}

/** The results that README.md tells of: the newest of Mesa's software adapter, which every machine has. */
export function readmeResults(history: readonly KeptResults[]): KeptResults {
  const newest = history.findLast(({ results }) =>
    /^llvmpipe/.test(results.adapter.description)
  );
  if (!newest) throw new InputError("bench/history has no results of llvmpipe");
  return newest;
}

/**
 * Where a run is kept, such as `2026-11-22-04fa0d6-llvmpipe.json`.
 *
 * @throws {UsageError} if that is there: what is kept is never changed
 */
export async function historyPath(
  { date, commit, adapter }: Pick<Results, "date" | "commit" | "adapter">,
): Promise<string> {
  const name = [
    date.slice(0, 10),
    commit?.slice(0, 7) ?? "unknown",
    // `llvmpipe (LLVM 15.0.6, 256 bits)` is llvmpipe.
    adapter.description.replace(/ \(.*/, "").toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-"),
  ].join("-");
  const path = join(folder, `${name}.json`);
  const isThere = await Deno.lstat(path).then(() => true, () => false);
  if (!isThere) return path;
  throw new UsageError(
    `--json ${historyWord} would write ${path}, which is kept: commit first, or name another file`,
  );
}
