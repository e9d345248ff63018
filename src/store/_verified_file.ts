/** Files that get their name once they are what they should be. */
import {
  digestFile,
  errorCode,
  type FileDigest,
  fileError,
  statFile,
} from "../bytes/mod.ts";

/** What is known of a file before it comes; only that is checked. */
export interface ExpectedFile {
  readonly bytes?: number | undefined;
  /** All 64 hex digits, or the first of them where a publisher gives no more. */
  readonly sha256?: string | undefined;
  /** In hex. */
  readonly md5?: string | undefined;
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

/** What a file is, and what it is instead of what it should be, in words, if it is not right. */
export interface CheckedFile extends Pick<FileDigest, "sha256" | "size"> {
  readonly difference?: string;
}

export async function checkFile(
  path: string,
  { bytes, sha256, md5 }: ExpectedFile,
): Promise<CheckedFile> {
  const file = await digestFile(path, undefined, { md5: md5 !== undefined });
  const found = { sha256: file.sha256, size: file.size };
  const differing = (difference: string) => ({ ...found, difference });
  if (bytes !== undefined && file.size !== bytes) {
    return differing(`expected ${bytes} bytes, got ${file.size}`);
  }
  if (sha256 !== undefined && !begins(file.sha256, sha256)) {
    const isStart = sha256.length >= fewestDigits && sha256.length < 64;
    const start = isStart ? "that begins with " : "";
    return differing(`expected sha256 ${start}${sha256}, got ${file.sha256}`);
  }
  if (file.md5 !== md5) {
    return differing(`expected md5 ${md5}, got ${file.md5}`);
  }
  return found;
}

/** What publishers put into a file's name, at least. */
const fewestDigits = 8;

function begins(digest: string, start: string): boolean {
  return start.length >= fewestDigits && digest.startsWith(start);
}

/** What a file is instead of what it should be, in words; undefined if it is right. */
export async function differenceOf(
  path: string,
  expected: ExpectedFile,
): Promise<string | undefined> {
  return (await checkFile(path, expected)).difference;
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
