/**
 * Pictures whose classes do not matter: files named by a user, folders with all
 * below, class folders or not.
 *
 * @module
 */
import { join, relative } from "@std/path";
import { errorCode, fileError, statPath } from "../bytes/mod.ts";
import { InputError } from "../errors.ts";
import { isPicture, listFiles, scanFolder } from "./class_folders.ts";
import type { DataWarning, ImageRecord } from "./records.ts";

/**
 * The files that `paths` name, in that order, those of a folder in path order;
 * hidden files and files that lie among pictures and are none are left out of folders.
 *
 * @throws {InputError} if a path is not there, or a folder holds no picture
 */
export async function listPictures(
  paths: readonly string[],
): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    const { isDirectory } = await statPath(path).catch((error) => {
      if (errorCode(error) === "ENOENT") {
        throw new InputError(
          `${path}: no such file or folder; check the spelling`,
          { cause: error },
        );
      }
      throw fileError(error, { doing: "read", path });
    });
    if (!isDirectory) {
      files.push(path);
      continue;
    }
    const inside = await listFiles(path, isPicture);
    if (inside.length === 0) {
      throw new InputError(`${path}: no images; name a folder that has some`);
    }
    files.push(...inside.map((name) => join(path, name)));
  }
  return files;
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
  { limit }: {
    /** Pictures of each class at most, the first in path order [all]. */
    readonly limit?: number | undefined;
  } = {},
): Promise<PictureRecords> {
  const found = await hasFolders(root)
    ? await scanFolder(root, {
      minimumClasses: 1,
      limit,
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
