/**
 * What lies in a folder, and below it. Links are followed where they lead to
 * files of nobody else.
 *
 * @module
 */
import { dirname, join, sep } from "@std/path";
import {
  errorCode,
  fileError,
  fileErrorReason,
  isNotUtf8,
  notUtf8Reason,
  statFile,
} from "../bytes/mod.ts";
import { compareCodePoints } from "./order.ts";
import type { SkippedFile } from "./records.ts";

/** A file or a folder in another. */
export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
  /** The real path that a link leads to; absent where it is none. */
  readonly target?: string;
}

/** What a folder holds, hidden names and what cannot be opened aside. */
export interface Listing {
  /** In code point order. */
  readonly folders: readonly FolderEntry[];
  readonly files: readonly FolderEntry[];
  /** Broken links, names that are not UTF-8, pipes and devices; paths are names. */
  readonly skipped: readonly (SkippedFile & { readonly isFolder: boolean })[];
}

/**
 * Lists a folder.
 *
 * @throws the file system's own error if it cannot be read
 */
export async function listFolder(path: string): Promise<Listing> {
  const folders: FolderEntry[] = [];
  const files: FolderEntry[] = [];
  const skipped: (SkippedFile & { isFolder: boolean })[] = [];
  for await (const entry of Deno.readDir(path)) {
    const { name, isDirectory: isFolder } = entry;
    if (name.startsWith(".")) continue;
    const found = await entryOf(join(path, name), entry);
    if ("reason" in found) skipped.push({ path: name, isFolder, ...found });
    else if (!found.isFolder) files.push({ name, ...found });
    // What macOS and Synology add to archives and shares.
    else if (name !== "__MACOSX" && name !== "@eaDir") {
      folders.push({ name, ...found });
    }
  }
  folders.sort((one, other) => compareCodePoints(one.name, other.name));
  return { folders, files, skipped };
}

async function entryOf(
  path: string,
  { isSymlink, isFile, isDirectory }: Deno.DirEntry,
): Promise<Omit<FolderEntry, "name"> | { readonly reason: string }> {
  if (isNotUtf8(path)) {
    const isThere = await Deno.lstat(path).then(() => true, () => false);
    if (!isThere) return { reason: notUtf8Reason };
  }
  if (!isSymlink) {
    return isFile || isDirectory ? { isFolder: isDirectory } : noFile;
  }
  try {
    const { isFile, isDirectory } = await Deno.stat(path);
    if (!isFile && !isDirectory) return noFile;
    return { isFolder: isDirectory, target: await Deno.realPath(path) };
  } catch (error) {
    if (errorCode(error) === "ENOENT") {
      const to = await Deno.readLink(path).catch(() => "a file that is gone");
      return { reason: `a broken link to ${to}` };
    }
    const refusal = await statFile(path).then(
      () => error,
      (refusal) => refusal,
    );
    return { reason: fileErrorReason(refusal) };
  }
}

const noFile = { reason: "a pipe, a socket or a device, not a file" };

/** A folder whose files are wanted, and those of others, where its links may not lead; all real paths. */
export interface Territory {
  readonly own: string;
  readonly others: ReadonlySet<string>;
}

/** Whether a link leads to what belongs to others, or to a folder around its own. */
export function isForeign(
  { target, isFolder }: Pick<FolderEntry, "target" | "isFolder">,
  { own, others }: Territory,
): boolean {
  if (target === undefined || isWithin(target, own)) return false;
  for (const folder of foldersAround(target)) {
    if (others.has(folder)) return true;
  }
  if (!isFolder) return false;
  return isWithin(own, target) ||
    [...others].some((folder) => isWithin(folder, target));
}

function foreignReason({ others }: Territory): string {
  return others.size === 0
    ? "a link back up, to"
    : "a link out of its class into the data set, to";
}

/** Whether a path is a folder or below it. */
function isWithin(path: string, folder: string): boolean {
  const start = folder.endsWith(sep) ? folder : folder + sep;
  return path === folder || path.startsWith(start);
}

function* foldersAround(path: string): Generator<string> {
  yield path;
  for (let up = dirname(path); up !== path; up = dirname(path)) {
    yield up;
    path = up;
  }
}

/** Files of a folder, and what was left out. */
export interface Walked {
  /** Relative with forward slashes, in path order. */
  readonly files: readonly string[];
  /** Relative, too. */
  readonly skipped: readonly SkippedFile[];
}

/**
 * Accepted files at any depth. Each real folder is walked once, so that links
 * in a circle end; links to what belongs to others are skipped.
 *
 * @throws {InputError} if a folder cannot be read
 */
export async function walkFiles(
  root: string,
  { accepts, territory }: {
    /** True for the name of a file that is wanted. */
    accepts: (name: string) => boolean;
    territory: Territory;
  },
): Promise<Walked> {
  const files: string[] = [];
  const skipped: SkippedFile[] = [];
  const walked = new Set<string>();
  const waiting = [""];
  for (const folder of waiting) {
    const path = join(root, folder);
    const below = ({ name }: Pick<FolderEntry, "name">) =>
      folder === "" ? name : `${folder}/${name}`;
    try {
      const real = await Deno.realPath(path);
      if (walked.has(real)) continue;
      walked.add(real);
      const listing = await listFolder(path);
      const wanted = listing.files.filter(({ name }) => accepts(name));
      for (const entry of [...listing.folders, ...wanted]) {
        if (isForeign(entry, territory)) {
          const reason = `${foreignReason(territory)} ${entry.target}`;
          skipped.push({ path: below(entry), reason });
        } else (entry.isFolder ? waiting : files).push(below(entry));
      }
      for (const { path: name, reason } of listing.skipped) {
        if (accepts(name)) skipped.push({ path: below({ name }), reason });
      }
    } catch (error) {
      throw fileError(error, { doing: "read", path });
    }
  }
  return { files: files.sort(compareCodePoints), skipped };
}
