/** Files that get their name once they are what they should be. */
import { digestFile, errorCode, fileError, statFile } from "../bytes/mod.ts";

export interface ExpectedFile {
  readonly bytes: number;
  /** In hex. */
  readonly sha256: string;
}

/** The size of a file; undefined if there is none. Throws where the path is that of something else. */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await statFile(path)).size;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw fileError(error, { doing: "read", path });
  }
}

/** What a file is instead of what it should be, in words; undefined if it is right. */
export async function differenceOf(
  path: string,
  { bytes, sha256 }: ExpectedFile,
): Promise<string | undefined> {
  const found = await digestFile(path);
  if (found.size !== bytes) {
    return `expected ${bytes} bytes, got ${found.size}`;
  }
  if (found.sha256 !== sha256) {
    return `expected sha256 ${sha256}, got ${found.sha256}`;
  }
}

/** Gives a file its name, once the disk has it. */
export async function nameFile(temporary: string, path: string): Promise<void> {
  try {
    using file = await Deno.open(temporary, { write: true });
    await file.sync();
    await Deno.rename(temporary, path);
  } catch (error) {
    throw fileError(error, { doing: "write", path });
  }
}
