/**
 * How a data set is laid out: `DATA/<class>/`, `DATA/train/<class>/` with other
 * parts beside it, or either one folder deeper, as archives are unpacked.
 *
 * @module
 */
import { basename, join } from "@std/path";
import { UsageError } from "../errors.ts";
import type { FileKind } from "./class_folders.ts";
import { listFolder } from "./folder_walk.ts";
import type { DataWarning } from "./records.ts";
import { type SplitName, splitNames } from "./split.ts";
import { listed } from "./words.ts";

/** The names that data sets give to folders of their parts, in lower case. */
const partsByName: Readonly<Record<string, SplitName>> = {
  train: "train",
  training: "train",
  val: "validation",
  valid: "validation",
  validation: "validation",
  test: "test",
  testing: "test",
};

function partOf(name: string): SplitName | undefined {
  return partsByName[name.toLowerCase()];
}

/** The folder of each part that is there. */
export type Parts = { readonly [P in SplitName]?: string };

/** How a folder is read. */
export interface Layout {
  /** The folder that holds the class folders or the parts: the one that was named, or one below it. */
  readonly root: string;
  /** Absent where the folders are classes. */
  readonly parts?: Parts;
  /** What the user should know of it, a sentence each. */
  readonly notes: readonly string[];
}

export interface LayoutOptions {
  readonly kind: FileKind;
  /** Classes that are known already: folders of these names are classes whatever they are called. */
  readonly labels?: readonly string[];
}

/**
 * Tells class folders from parts. Folders are parts where all of them have names
 * of parts and one of them holds folders; one folder that holds folders and
 * nothing else is entered. A folder that cannot be read is left as it is, for
 * whoever scans it to say.
 *
 * @throws {UsageError} if two folders are the same part
 */
export async function readLayout(
  folder: string,
  options: LayoutOptions,
): Promise<Layout> {
  const root = await enter(folder, options);
  const notes = enteredNotes(folder, root);
  const { folders: names } = await look(root, options);
  if (!await areParts(root, { names, ...options })) return { root, notes };
  const parts: { [P in SplitName]?: string } = {};
  for (const name of names) {
    const part = partOf(name);
    if (part === undefined) continue;
    const before = parts[part];
    if (before !== undefined) {
      throw new UsageError(
        `${root}: ${
          basename(before)
        } and ${name} are both the ${part} part; keep one of them`,
      );
    }
    parts[part] = join(root, name);
  }
  return { root, parts, notes };
}

function enteredNotes(folder: string, entered: string): string[] {
  return folder === entered ? [] : [
    `${folder} holds one folder and no classes of its own: reading ${entered}`,
  ];
}

/** The only folder below, as long as there is but one that holds more than a class; a part has no parts. */
async function enter(
  root: string,
  { isPart = false, ...options }: LayoutOptions & { isPart?: boolean },
): Promise<string> {
  const { labels = [] } = options;
  const seen = new Set<string>();
  for (let folder = root;;) {
    const real = await Deno.realPath(folder).catch(() => folder);
    const { folders: names, files } = await look(folder, options);
    const isClass = names.length === 0 || folder !== root && files > 0;
    if (isClass || seen.has(real)) return root;
    seen.add(real);
    if (names.length > 1 || labels.includes(names[0])) return folder;
    if (!isPart && await areParts(folder, { names, ...options })) return folder;
    folder = join(folder, names[0]);
  }
}

async function areParts(
  root: string,
  { names, labels = [], kind }: LayoutOptions & { names: readonly string[] },
): Promise<boolean> {
  const areNamed = names.every((name) => partOf(name) !== undefined);
  if (!areNamed || names.every((name) => labels.includes(name))) return false;
  for (const name of names) {
    const { folders } = await look(join(root, name), { kind });
    if (folders.length > 0) return true;
  }
  return false;
}

/** Names of folders, and how many files there are of the kind that is read. */
async function look(
  path: string,
  { kind }: Pick<LayoutOptions, "kind">,
): Promise<{ folders: readonly string[]; files: number }> {
  try {
    const { folders, files } = await listFolder(path);
    return {
      folders: folders.map(({ name }) => name),
      files: files.filter(({ name }) => kind.accepts(name)).length,
    };
  } catch {
    return { folders: [], files: 0 };
  }
}

/** The folders of parts, in the order of the parts. */
export function foldersOf(parts: Parts): string[] {
  return splitNames.map((name) => parts[name])
    .filter((path) => path !== undefined);
}

/** Folders of class folders. */
export interface TrainingFolders {
  /** To learn from; parts without a folder are taken from it. */
  readonly data: string;
  readonly validation?: string | undefined;
  readonly test?: string | undefined;
}

/**
 * The folders to train, to validate and to test on, of a data set with or without
 * parts. Without a test part the validation part is the test. What is named
 * outranks the data set's own parts.
 *
 * @throws {UsageError} if there are parts and none to train on, or one of them holds no class folders
 */
export async function findTrainingFolders(
  given: TrainingFolders,
  kind: FileKind,
): Promise<
  TrainingFolders & {
    readonly notes: readonly string[];
    readonly warnings: readonly DataWarning[];
  }
> {
  const layout = await readLayout(given.data, { kind });
  const { root, parts } = layout;
  const train = await trainFolder(layout, { kind, given });
  const data = parts ? await enter(train, { kind, isPart: true }) : train;
  const { folders: labels } = await look(data, { kind });
  const judge = (part: "validation" | "test") => {
    const path = given[part];
    return path === undefined
      ? undefined
      : findJudgingFolder(path, { kind, labels, part });
  };
  const [validation, test] = [await judge("validation"), await judge("test")];
  const tests = test?.folder ?? parts?.test ?? parts?.validation;
  const validates = validation?.folder ??
    (parts?.validation === tests ? undefined : parts?.validation);
  const inside = async (path: string | undefined) =>
    path && await enter(path, { kind, labels, isPart: true });
  const found = {
    data,
    validation: await inside(validates),
    test: await inside(tests),
  };
  if (parts) await checkParts(found, { train, kind });
  return {
    ...found,
    notes: [
      ...layout.notes,
      ...parts ? [partsNote(root, { parts, found, given })] : [],
      ...validation?.notes ?? [],
      ...test?.notes ?? [],
    ],
    warnings: parts ? [] : await warnOfHiddenParts(root, { kind }),
  };
}

/** The folder to learn from. */
async function trainFolder(
  { root, parts }: Layout,
  { kind, given }: { kind: FileKind; given: TrainingFolders },
): Promise<string> {
  if (parts) {
    if (parts.train !== undefined) return parts.train;
    const [example, ...more] = foldersOf(parts);
    throw new UsageError(
      `${root}: a data set's ${
        listed([example, ...more].map((path) => basename(path)))
      } and no train to learn from; name the folder to learn from, such as ${example}`,
    );
  }
  const { folders } = await look(root, { kind });
  if (folders.length < 2 || folders.some((name) => !partOf(name))) return root;
  throw new UsageError(
    `${given.data}: ${
      listed(folders)
    } are names of a data set's parts, and hold no class folders; expected ${
      join(root, folders[0], "<class>", kind.pattern)
    }`,
  );
}

/** A part without class folders, such as a test whose classes are a secret. */
async function checkParts(
  { validation, test }: TrainingFolders,
  { train, kind }: { train: string; kind: FileKind },
): Promise<void> {
  for (const path of [validation, test]) {
    if (path === undefined) continue;
    const { folders } = await look(path, { kind });
    if (folders.length > 0) continue;
    throw new UsageError(
      `${path}: no class folders, while ${train} has some; expected ${
        join(path, "<class>", kind.pattern)
      }, or name ${train} to train without it`,
    );
  }
}

function partsNote(
  root: string,
  { parts, found: { data, validation, test }, given }: {
    parts: Parts;
    found: TrainingFolders;
    given: TrainingFolders;
  },
): string {
  const tenth = (verb: string) => `a tenth of ${data} ${verb}`;
  const why = parts.test === undefined && given.test === undefined
    ? " (there is no test part)"
    : "";
  const said = [
    `${data} trains`,
    validation === undefined ? tenth("validates") : `${validation} validates`,
    test === undefined ? tenth("tests") : `${test} tests${why}`,
  ];
  const unused = foldersOf(parts).filter((path) =>
    ![data, validation, test].some((used) => used?.startsWith(path))
  );
  const rest = unused.length === 0 ? "" : `; ${listed(unused)} is not used`;
  return `${root} has the parts of a data set: ${listed(said)}${rest}`;
}

/** A folder of class folders to judge by, and what to know of it. */
export interface JudgingFolder {
  readonly folder: string;
  readonly notes: readonly string[];
}

/**
 * The folder of class folders that judges a classifier: of a data set with parts
 * the one that is asked for, and for a test else its validation.
 *
 * @throws {UsageError} if it has parts, but not such a one
 */
export async function findJudgingFolder(
  path: string,
  { part, ...options }: LayoutOptions & { part: "validation" | "test" },
): Promise<JudgingFolder> {
  const { root, parts, notes } = await readLayout(path, options);
  if (!parts) return { folder: root, notes };
  const all = foldersOf(parts);
  const chosen = parts[part] ??
    (part === "test" ? parts.validation : undefined) ??
    (all.length === 1 ? all[0] : undefined);
  if (chosen === undefined) {
    throw new UsageError(
      `${root}: a data set's ${
        listed(all.map((path) => basename(path)))
      } and no ${part} part; name the folder to take`,
    );
  }
  const folder = await enter(chosen, { ...options, isPart: true });
  const note = `${root} has the parts of a data set: reading ${folder}`;
  return { folder, notes: [...notes, note] };
}

/** Names such as `seg_train` and `my-test`. */
const partLike =
  /(?:^|[^a-z])(?:train|training|val|valid|validation|test|testing)(?:[^a-z]|$)/i;

/** Folders that look like parts beside others, or under longer names, are classes all the same; that may not be meant. */
async function warnOfHiddenParts(
  root: string,
  options: Pick<LayoutOptions, "kind">,
): Promise<DataWarning[]> {
  const { folders } = await look(root, options);
  const alike = folders.filter((name) => partLike.test(name));
  if (alike.length < 2) return [];
  const inside = await Promise.all(
    alike.map(async (name) => (await look(join(root, name), options)).folders),
  );
  const shared = inside.reduce((one, other) =>
    one.filter((name) => other.includes(name))
  );
  if (shared.length === 0) return [];
  const train = alike.find((name) => /train/i.test(name)) ?? alike[0];
  const other = alike.find((name) => name !== train) ?? alike[0];
  return [{
    kind: "parts",
    message: `${root}: the classes ${listed(alike)} hold the same folders ${
      listed(shared.slice(0, 5))
    }; if they are parts of a data set, train on ${
      join(root, train)
    } with --test ${join(root, other)}`,
  }];
}
