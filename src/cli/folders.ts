/** The folders of data sets by name. */
import { errorCode, isFolder } from "../bytes/mod.ts";
import { digitsFolders, espalierHome, writeShapes } from "../data/mod.ts";
import { UsageError } from "../errors.ts";
import {
  dataSet,
  dataSetNames,
  isArchiveName,
  isPlainName,
  knownDataSet,
} from "../store/mod.ts";
import { nearestWord } from "../suggest.ts";
import type { Terminal } from "./terminal.ts";

const builtinPrefix = "builtin:";

export interface DataFolders {
  /** To train on, or all there is. */
  readonly data: string;
  /** To test on, where the set has such a part. */
  readonly test?: string;
}

/** What else decides which folders. */
interface FolderOptions {
  /** Hears which of two things of a name is read. */
  readonly terminal: Terminal;
  /** Whether all 10,000 digits are wanted. */
  readonly all?: boolean;
}

/**
 * The folders of a data set: a path as it is, the sets of the store by name,
 * where built-in ones that need no download are written. A path that exists
 * outranks a name.
 *
 * @throws {UsageError} if there is no such built-in set, it was not fetched, or
 *   an archive is given
 */
export async function dataFolders(
  data: string,
  { terminal, all = false }: FolderOptions,
): Promise<DataFolders> {
  const { root: home } = espalierHome(Deno.env);
  if (!data.startsWith(builtinPrefix)) {
    return { data: await pathOf(data, { terminal, home }) };
  }
  switch (data.slice(builtinPrefix.length)) {
    case "shapes":
      return await writeShapes(home);
    case "digits": {
      const folder = digitsFolders(home)[all ? "all" : "demo"];
      if (await isFolder(folder)) return { data: folder };
      throw new UsageError(
        "The digits are not in the store: run `./espalier fetch builtin:digits` first",
      );
    }
    default:
      throw new UsageError(
        `There is no built-in data set "${
          data.slice(builtinPrefix.length)
        }": use builtin:digits, builtin:shapes, or a folder`,
      );
  }
}

/** The folder of a data set to evaluate on, or to extract. */
export async function dataFolder(
  data: string,
  options: FolderOptions,
): Promise<string> {
  const folders = await dataFolders(data, options);
  return folders.test ?? folders.data;
}

/** A path as it is, or that of a data set that was fetched; what is neither is for whoever reads it to refuse. */
async function pathOf(
  data: string,
  { terminal, home }: FolderOptions & { readonly home: string },
): Promise<string> {
  const set = await dataSet(data, home);
  const { isThere, isFile } = await look(data);
  if (isFile && isArchiveName(data) || /^https?:\/\//i.test(data)) {
    throw new UsageError(
      `${data} is an archive: run \`./espalier fetch ${data}\`, and then give the name that it says`,
    );
  }
  if (isThere) {
    if (set) {
      terminal.note(
        `${data} is read here, not the data set of that name, which is ${set.path}`,
      );
    }
    return data;
  }
  const known = knownDataSet(data);
  if (set) {
    const isOther = known && known.url !== set.from;
    if (isOther) terminal.note(`${data} was fetched from ${set.from}`);
    return set.path;
  }
  if (known) {
    throw new UsageError(
      `The data set ${data} is not in the store: run \`./espalier fetch ${data}\` first`,
    );
  }
  const near = isPlainName(data) &&
    nearestWord(data, await dataSetNames(home));
  if (!near) return data;
  throw new UsageError(
    `${data}: no such folder, and no data set of that name. Did you mean ${near}?`,
  );
}

async function look(
  path: string,
): Promise<{ readonly isThere: boolean; readonly isFile: boolean }> {
  try {
    const { isFile } = await Deno.stat(path);
    return { isThere: true, isFile };
  } catch (error) {
    const isAbsent = ["ENOENT", "ENOTDIR"].includes(errorCode(error) ?? "");
    return { isThere: !isAbsent, isFile: false };
  }
}
