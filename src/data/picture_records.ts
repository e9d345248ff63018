/**
 * Pictures whose classes do not matter: in class folders, or in one folder.
 *
 * @module
 */
import { relative } from "@std/path";
import { errorCode } from "../bytes/mod.ts";
import { InputError } from "../errors.ts";
import { listPictures } from "./pictures.ts";
import type { DataWarning, ImageRecord } from "./records.ts";
import { scanFolder } from "./scan.ts";

/** How {@linkcode listRecords} lists. */
export interface ListRecordsOptions {
  /** Pictures of each class at most, the first in path order [all]. */
  readonly limit?: number | undefined;
}

/** What {@linkcode listRecords} found. */
export interface PictureRecords {
  /** In the code point order of their paths; without a label where there are no class folders. */
  readonly records: readonly ImageRecord[];
  /** What the user should know of the folder. */
  readonly warnings: readonly DataWarning[];
}

/**
 * Lists the pictures of `root/<class>/`, or of `root` where it has no folders.
 *
 * @throws {InputError} as {@linkcode scanFolder} does, and for a path with a
 * line break: paths are written one a line.
 */
export async function listRecords(
  root: string,
  { limit }: ListRecordsOptions = {},
): Promise<PictureRecords> {
  const found = await hasFolders(root)
    ? await scanFolder(root, {
      minimumClasses: 1,
      ...limit === undefined ? {} : { limit },
    })
    : { records: await flatRecords(root, limit), warnings: [] };
  const broken = found.records.find(({ path }) => /[\n\r]/.test(path));
  if (broken) {
    throw new InputError(
      `${root}: ${
        JSON.stringify(broken.path)
      } has a line break in its name, and paths are written one a line; rename the file`,
    );
  }
  return found;
}

async function flatRecords(
  root: string,
  limit = Infinity,
): Promise<ImageRecord[]> {
  const files = await listPictures([root]);
  return files.slice(0, limit).map((file) => ({
    path: relative(root, file).replaceAll("\\", "/"),
    file,
    label: "",
  }));
}

/** Also true where there is no folder at all, which `scanFolder` says best. */
async function hasFolders(root: string): Promise<boolean> {
  try {
    for await (const { name } of Deno.readDir(root)) {
      if (name.startsWith(".")) continue;
      if ((await Deno.stat(`${root}/${name}`)).isDirectory) return true;
    }
    return false;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return true;
  }
}
