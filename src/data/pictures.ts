/**
 * Picture files named by a user: files as they are, folders with all below.
 *
 * @module
 */
import { join } from "@std/path";
import { errorCode, fileError } from "../bytes/mod.ts";
import { InputError } from "../errors.ts";
import { listFiles } from "./_class_folders.ts";
import { isPicture } from "./scan.ts";

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
    const { isDirectory } = await Deno.stat(path).catch((error) => {
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
