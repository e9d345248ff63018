/**
 * Pictures whose classes do not matter: files named by a user, folders with all
 * below, class folders or not.
 *
 * @module
 */
import { join, relative } from "@std/path";
import { errorCode, fileError, isNotUtf8, statPath } from "../bytes/mod.ts";
import { InputError } from "../errors.ts";
import { silentWatcher, type Watcher } from "../watcher.ts";
import {
  isPicture,
  pictures,
  scanFolder,
  type ScanOptions,
  take,
} from "./class_folders.ts";
import { listFolder, walkFiles } from "./folder_walk.ts";
import { compareCodePoints } from "./order.ts";
import { foldersOf, readLayout } from "./parts.ts";
import type {
  DataListener,
  DataWarning,
  ImageRecord,
  SkippedFile,
} from "./records.ts";
import { Told } from "./told.ts";

/**
 * The files that `paths` name, in that order, those of a folder in path order;
 * hidden files and files that lie among pictures and are none are left out of folders.
 *
 * @throws {InputError} if a path is not there, or a folder holds no picture
 */
export async function listPictures(
  paths: readonly string[],
  /** Told of links that cannot be followed; paths are as the user would write them. */
  listener?: Pick<DataListener, "skip">,
): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    const { isDirectory } = await statPath(path).catch((error) => {
      if (errorCode(error) === "ENOENT" && !isNotUtf8(path)) {
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
    const inside = await walkFiles(path, {
      accepts: isPicture,
      territory: { own: await Deno.realPath(path), others: new Set() },
    });
    for (const { path: below, reason } of inside.skipped) {
      listener?.skip({ path: join(path, below), reason });
    }
    if (inside.files.length === 0) {
      throw noPictures(path, inside.skipped);
    }
    files.push(...inside.files.map((name) => join(path, name)));
  }
  return files;
}

function noPictures(
  path: string,
  skipped: readonly SkippedFile[],
): InputError {
  const left = skipped.map(({ path, reason }) =>
    ` but what is left out, such as ${path} (${reason})`
  );
  return new InputError(
    `${path}: no images${left[0] ?? ""}; name a folder that has some`,
  );
}

/** What {@linkcode listRecords} found. */
export interface PictureRecords {
  /** In the code point order of their paths; without a label where there are no class folders. */
  readonly records: readonly ImageRecord[];
  /** What the user should know of the folder. */
  readonly warnings: readonly DataWarning[];
  /** Links and names that cannot be followed. */
  readonly skipped: readonly SkippedFile[];
}

/**
 * Lists the pictures of `root/<class>/`, of the parts of a data set, such as
 * `root/train/<class>/`, or of `root` where it has no folders; the watcher hears
 * of what is left out.
 *
 * @throws {InputError} as {@linkcode scanFolder} does, and for a path with a
 * line break: paths are written one a line.
 */
export async function listRecords(
  root: string,
  { limit, seed = 0, watcher = silentWatcher }: {
    /** Pictures of each class at most [all]. */
    readonly limit?: number | undefined;
    /** Draws those that the limit allows [0]. */
    readonly seed?: number | undefined;
    /** Told how the folder is read, and what is left out [nobody]. */
    readonly watcher?: Watcher;
  } = {},
): Promise<PictureRecords> {
  const layout = await readLayout(root, { kind: pictures });
  layout.notes.forEach(watcher.note);
  const told = new Told(watcher);
  const scan = { limit, seed, root: layout.root, listener: told };
  const records = layout.parts
    ? await partRecords(foldersOf(layout.parts), scan)
    : await classRecords(scan);
  const broken = records.find(({ path }) => /[\n\r]/.test(path));
  if (broken) {
    throw new InputError(
      `${root}: ${
        JSON.stringify(broken.path)
      } has a line break in its name, and paths are written one a line; rename the file`,
    );
  }
  const { warnings, skipped } = told;
  return { records, warnings, skipped };
}

interface Scan extends ScanOptions {
  readonly root: string;
  readonly listener: DataListener;
}

/** The pictures of all parts, their paths with the name of the part's folder. */
async function partRecords(
  folders: readonly string[],
  { root, listener, ...options }: Scan,
): Promise<readonly ImageRecord[]> {
  const records: ImageRecord[] = [];
  for (const folder of folders) {
    const below = (path: string) => `${relativePath(root, folder)}/${path}`;
    const found = await classRecords({
      ...options,
      root: folder,
      otherParts: folders.filter((other) => other !== folder),
      listener: {
        warn: listener.warn,
        skip: ({ path, reason }) =>
          listener.skip({ path: below(path), reason }),
      },
    });
    for (const { path, ...record } of found) {
      records.push({ path: below(path), ...record });
    }
  }
  return records.sort((one, other) => compareCodePoints(one.path, other.path));
}

async function classRecords(
  { root, ...options }: Scan,
): Promise<readonly ImageRecord[]> {
  if (!await hasFolders(root)) return await flatRecords({ root, ...options });
  const { records } = await scanFolder(root, { ...options, minimumClasses: 1 });
  return records;
}

async function flatRecords(
  { root, limit = Infinity, seed, listener }: Scan,
): Promise<ImageRecord[]> {
  const files = await listPictures([root], {
    skip: ({ path, reason }) =>
      listener.skip({ path: relativePath(root, path), reason }),
  });
  const paths = files.map((file) => relativePath(root, file));
  return take(paths, { label: "", limit, seed }).toSorted(compareCodePoints)
    .map((path) => ({ path, file: join(root, path), label: "" }));
}

function relativePath(root: string, path: string): string {
  return relative(root, path).replaceAll("\\", "/");
}

/** Also true where there is no folder at all, which `scanFolder` says best. */
async function hasFolders(root: string): Promise<boolean> {
  try {
    return (await listFolder(root)).folders.length > 0;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return true;
  }
}
