/** A download that has begun: `PATH.part` and, beside it, what tells that the server still has the same file. */
import {
  errorCode,
  fileError,
  isJsonObject,
  replaceFile,
} from "../bytes/mod.ts";

/** Where a download stands. */
export interface Partial {
  /** Bytes on disk that can be built upon; 0 to start over. */
  readonly size: number;
  /** For `If-Range`: a strong ETag, else the date of the last change. */
  readonly validator?: string;
}

interface Target {
  readonly path: string;
  readonly bytes?: number;
}

/** What is there of a download; nothing if it is of another address or cannot be checked. */
export async function readPartial(
  url: string,
  { path, bytes = Infinity }: Target,
): Promise<Partial> {
  try {
    const { size } = await Deno.stat(`${path}.part`);
    const note: unknown = JSON.parse(
      await Deno.readTextFile(`${path}.part.json`),
    );
    if (!isJsonObject(note) || note.url !== url || size > bytes) {
      return { size: 0 };
    }
    return typeof note.validator === "string"
      ? { size, validator: note.validator }
      : { size: size === bytes ? size : 0 };
  } catch (error) {
    const isAbsent = errorCode(error) === "ENOENT";
    if (isAbsent || error instanceof SyntaxError) return { size: 0 };
    throw fileError(error, { doing: "read", path: `${path}.part` });
  }
}

/** Forgets what was there and notes what the server says of the file. */
export async function startOver(
  url: string,
  { path }: Target,
  headers: Headers,
): Promise<void> {
  await removePartial(path);
  const etag = headers.get("etag");
  // A weak ETag may stand for other bytes: RFC 9110 forbids it in If-Range.
  const validator = etag && !etag.startsWith("W/")
    ? etag
    : headers.get("last-modified");
  await replaceFile(`${path}.part.json`, JSON.stringify({ url, validator }));
}

/** Removes the partial file and its note. */
export async function removePartial(path: string): Promise<void> {
  for (const name of [`${path}.part`, `${path}.part.json`]) {
    await Deno.remove(name).catch((error) => {
      if (errorCode(error) !== "ENOENT") {
        throw fileError(error, { doing: "remove", path: name });
      }
    });
  }
}

/** True for the first bytes of a web page: a login or an error where a file should be. */
export function looksLikeHtml(bytes: Uint8Array): boolean {
  const head = new TextDecoder().decode(bytes.subarray(0, 64));
  return /^\s*<(!doctype html|html|head)/i.test(head);
}
