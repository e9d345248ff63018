/**
 * What became of the files of a run that is to go on: where they are now, and
 * which are no longer what they were.
 *
 * @module
 */
import { join, relative } from "@std/path";
import {
  errorCode,
  fileLimits,
  isFolder,
  parseCsv,
  readRegularText,
  textOfCell,
} from "../bytes/mod.ts";
import {
  bottleneckTexts,
  type DigestedRecord,
  findTrainingFolders,
  pictures,
} from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { counted } from "../plural.ts";
import { readSplit, type RecordedPicture } from "./recorded_split.ts";
import type { RunFolder } from "./run_folder.ts";
import type { RunSettings } from "./run_record.ts";

/** The folders of a run, by what they are for. */
const folderNames = {
  data: "data",
  validation: "validation data",
  test: "test data",
} as const;

/** Where a run's folders are now, as a user says it; those that go with `data` need no word. */
export type MovedFolders = Partial<Pick<RunSettings, FolderName>>;

type FolderName = keyof typeof folderNames;

/**
 * A run's settings with its folders where they are now. A data set with parts may
 * be named as a whole; what lay below the data or beside it is looked for there.
 *
 * @throws {UsageError} if there are parts and none to train on
 */
export async function movedSettings(
  settings: RunSettings,
  moved: MovedFolders,
): Promise<RunSettings> {
  const kind = settings.isBottlenecks ? bottleneckTexts : pictures;
  const found: { readonly [K in FolderName]?: string | undefined } =
    moved.data === undefined
      ? moved
      : await findTrainingFolders({ ...moved, data: moved.data }, kind);
  const data = found.data ?? settings.data;
  const place = async (part: "validation" | "test") => {
    const before = settings[part];
    if (before === undefined) return {};
    const known = moved[part] ?? found[part];
    if (known !== undefined) return { [part]: known };
    const beside = join(data, relative(settings.data, before));
    const isBeside = !await isFolder(before) && await isFolder(beside);
    return { [part]: isBeside ? beside : before };
  };
  return {
    ...settings,
    data,
    ...await place("validation"),
    ...await place("test"),
  };
}

/** A run's folders in words. */
export function foldersOf(
  { data, validation, test }: Pick<RunSettings, FolderName>,
): string {
  return [data, validation, test].filter((path) => path !== undefined)
    .join(" or ");
}

/**
 * Refuses folders that are gone.
 *
 * @throws {InputError} that says how to name the new place
 */
export async function checkFolders(
  settings: RunSettings,
  run: string,
): Promise<void> {
  const flags = {
    data: "DATA",
    validation: "--validation DIR",
    test: "--test DIR",
  };
  for (const part of ["data", "validation", "test"] as const) {
    const path = settings[part];
    if (path === undefined || await isFolder(path)) continue;
    throw new InputError(
      `The ${
        folderNames[part]
      } of ${run} is no longer at ${path}: say where it is now with \`./espalier train --resume ${run} ${
        flags[part]
      }\``,
    );
  }
}

/** What a run knows of its files. */
export interface KnownFiles {
  readonly pictures: readonly RecordedPicture[];
  /** Paths of files that were left out. */
  readonly skipped: ReadonlySet<string>;
}

/** What a run knows of its files; undefined where it lost that. */
export async function readKnownFiles(
  folder: RunFolder,
): Promise<KnownFiles | undefined> {
  try {
    const known = await readSplit(folder);
    const text = await readRegularText(
      folder.file("skipped.csv"),
      fileLimits.log,
    );
    const { rows } = parseCsv(text);
    const skipped = new Set(rows.map(([path = ""]) => textOfCell(path)));
    return known?.length ? { pictures: known, skipped } : undefined;
  } catch (error) {
    // They are written anew where the data is what it was.
    if (error instanceof InputError || errorCode(error)) return undefined;
    throw error;
  }
}

/**
 * Refuses files that are not those of the run, before any of them is decoded.
 *
 * @throws {InputError} that counts and names those that changed, are missing or are new
 */
export function checkFiles(
  { pictures: known, skipped }: KnownFiles,
  { run, records, place }: {
    run: string;
    /** What there is now. */
    records: readonly Pick<DigestedRecord, "path" | "sha256">[];
    /** The folders. */
    place: string;
  },
): void {
  const digestsOf = (files: typeof records) =>
    new Map(
      [...Map.groupBy(files, ({ path }) => path)].map(([path, same]) => [
        path,
        new Set(same.map(({ sha256 }) => sha256)),
      ]),
    );
  const [before, now] = [digestsOf(known), digestsOf(records)];
  const missing = [...before.keys()].filter((path) => !now.has(path));
  const changed = [...before].filter(([path, digests]) =>
    now.has(path) && !digests.isSubsetOf(now.get(path) ?? digests)
  ).map(([path]) => path);
  // Of copies that could not be decoded one is on the list.
  const undecoded = new Set(
    records.filter(({ path }) => skipped.has(path)).map(({ sha256 }) => sha256),
  );
  const added = records.filter(({ path, sha256 }) =>
    !before.has(path) && !skipped.has(path) && !undecoded.has(sha256)
  ).map(({ path }) => path);
  const differences = [
    ...named(changed, ["changed", "changed"]),
    ...named(missing, ["is missing", "are missing"]),
    ...named(added, ["is new", "are new"]),
  ];
  if (differences.length === 0) return;
  throw new InputError(
    `${place} is not what it was when ${run} was begun: ${
      differences.join(", ")
    }; bring the files back, say where they are now with \`./espalier train --resume ${run} DATA\`, or train a new run`,
  );
}

/** How many files, and the first of them. */
function named(
  paths: readonly string[],
  [one, many]: readonly [string, string],
): string[] {
  if (paths.length === 0) return [];
  const [first] = paths;
  const files = counted(paths.length, "file");
  return paths.length === 1
    ? [`${files} ${one} (${first})`]
    : [`${files} ${many} (the first is ${first})`];
}
