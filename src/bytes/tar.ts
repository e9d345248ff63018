/**
 * Reads members of a .tar or .tgz, as a stream, and trusts none of its names.
 * Formats: POSIX ustar and pax (IEEE Std 1003.1, "pax Interchange Format"),
 * and GNU long names.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { ByteReader } from "./_byte_reader.ts";
import {
  blockBytes,
  parsePaxRecords,
  parseTarHeader,
  type TarHeader,
} from "./_tar_header.ts";

/** A regular file of an archive, whole. */
export interface TarMember {
  /** Relative, with forward slashes, without `.` or `..` parts. */
  readonly name: string;
  /** The whole content. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** How {@linkcode readTar} reads. */
export interface ReadTarOptions {
  /** The archive's path or address, for messages. */
  readonly name?: string;
  /** The largest member to hold in memory, in bytes (default: 1 GiB). */
  readonly largestMember?: number;
}

/**
 * Yields the regular files of an archive that `wanted` asks for, in archive
 * order. A gzipped archive is recognised by its content. Stopping early is
 * fine: the rest is not read.
 *
 * @throws {InputError} if it is no archive, truncated or damaged, or if any member, wanted or not, is a link, a device, or has a name that is absolute or leads outside (`..`)
 */
export async function* readTar(
  source: Uint8Array | ReadableStream<Uint8Array>,
  wanted: (name: string) => boolean,
  { name = "archive", largestMember = 2 ** 30 }: ReadTarOptions = {},
): AsyncGenerator<TarMember> {
  const reader = await ByteReader.open(source, name);
  try {
    for await (const header of readHeaders(reader, name)) {
      if (header.kind !== "file" || !wanted(header.name)) {
        await reader.skip(padded(header.size));
        continue;
      }
      if (header.size > largestMember) {
        throw new InputError(
          `${name}: member "${header.name}" has ${header.size} bytes, at most ${largestMember} are allowed`,
        );
      }
      const bytes = await reader.take(header.size);
      await reader.skip(padded(header.size) - header.size);
      yield { name: header.name, bytes };
    }
  } finally {
    await reader.close();
  }
}

/** Headers of files and folders, with the long names of the records before them; the caller consumes each body. */
async function* readHeaders(
  reader: ByteReader,
  archive: string,
): AsyncGenerator<TarHeader> {
  let longName: string | undefined;
  let longSize: number | undefined;
  for (;;) {
    const block = await reader.take(blockBytes);
    if (block.every((byte) => byte === 0)) return;
    const header = parseTarHeader(block, archive);
    switch (header.kind) {
      case "pax": {
        const records = parsePaxRecords(
          await takeBody(reader, header, archive),
          archive,
        );
        longName = records.get("path") ?? longName;
        longSize = records.has("size") ? Number(records.get("size")) : longSize;
        break;
      }
      case "gnu-long-name":
        longName = new TextDecoder().decode(
          await takeBody(reader, header, archive),
        )
          .replace(/\0.*$/s, "");
        break;
      case "ignored":
        await reader.skip(padded(header.size));
        break;
      case "file":
      case "folder": {
        const size = longSize ?? header.size;
        if (!Number.isSafeInteger(size) || size < 0) {
          throw new InputError(
            `${archive}: a member's size cannot be read; download it again`,
          );
        }
        yield {
          ...header,
          name: safeName(longName ?? header.name, archive),
          size,
        };
        longName = longSize = undefined;
        break;
      }
      default:
        header.kind satisfies never;
    }
  }
}

/** Names and pax records are text of a few hundred bytes: a huge one is an attack. */
const largestRecord = 2 ** 20;

async function takeBody(
  reader: ByteReader,
  header: TarHeader,
  archive: string,
): Promise<Uint8Array> {
  if (header.size > largestRecord) {
    throw new InputError(`${archive}: a name of ${header.size} bytes; refused`);
  }
  const body = await reader.take(header.size);
  await reader.skip(padded(header.size) - header.size);
  return body;
}

function safeName(name: string, archive: string): string {
  const parts = name.split("/");
  const leadsOutside = name.startsWith("/") || parts.includes("..") ||
    /[\\\0]/.test(name) || /^[A-Za-z]:/.test(name);
  if (leadsOutside) {
    throw new InputError(
      `${archive}: member ${
        JSON.stringify(name)
      } has a name that leads outside the archive; refused`,
    );
  }
  return parts.filter((part) => part !== "" && part !== ".").join("/");
}

function padded(size: number): number {
  return Math.ceil(size / blockBytes) * blockBytes;
}
