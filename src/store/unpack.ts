/**
 * Unpacks archives of pictures (`.tgz`, `.tar`, `.zip`) into a folder. They may
 * be larger than memory, and may come from anywhere: no member is written
 * outside the folder, none is a link, and what expands without end is stopped.
 *
 * @module
 */
import { createTarDecoder, type TarHeader } from "modern-tar";
import { crc32, createGunzip, createInflateRaw } from "node:zlib";
import { Readable, type Transform } from "node:stream";
import {
  errorCode,
  fileError,
  fileLimits,
  isGitLfsPointer,
  regularFilePieces,
} from "../bytes/mod.ts";
import {
  readZipDirectory,
  type ZipMember,
  zipMethods,
} from "../bytes/zip_directory.ts";
import { InputError, messageOf } from "../errors.ts";
import {
  ArchiveProblem,
  byHand,
  checkExpansion,
  mostUnpacked,
  type Unpacked,
  UnpackFolder,
} from "./unpack_folder.ts";

/** How {@linkcode unpackArchive} works. */
export interface UnpackOptions {
  /** What messages call the archive: its address, or its path. */
  readonly source: string;
  /** Called often, with bytes of the archive that have been read, and all of them. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
  /** Stops the work. */
  readonly signal?: AbortSignal | undefined;
}

/** An archive that is being read. */
interface Reading extends UnpackOptions {
  readonly path: string;
  readonly size: number;
  readonly folder: UnpackFolder;
  /** Bytes of the archive that have been read. */
  done: number;
}

/**
 * Unpacks the archive at `path` into `folder`, which is there and empty; its
 * kind is told by its content. On an error the folder holds what had come.
 *
 * @throws {InputError} if it is no such archive, damaged, a bomb, or holds
 *   links, devices or names that lead outside, no pictures, or if the disk
 *   refuses
 */
export async function unpackArchive(
  path: string,
  folder: string,
  options: UnpackOptions,
): Promise<Unpacked> {
  const { source, signal } = options;
  const reading: Reading = {
    ...options,
    path,
    size: (await Deno.stat(path)).size,
    folder: new UnpackFolder(folder),
    done: 0,
  };
  try {
    await unpackers[await kindOf(path, source)](reading);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof InputError) throw error;
    if (/^E[A-Z]+$/.test(errorCode(error) ?? "")) {
      throw fileError(error, { doing: "write", path: folder });
    }
    throw new InputError(
      error instanceof ArchiveProblem
        ? `${source} is not unpacked: ${error.message}; ${error.remedy}`
        : `${source} is damaged (${
          messageOf(error)
        }); get it again, or from elsewhere`,
      { cause: error },
    );
  }
  signal?.throwIfAborted();
  const { unpacked } = reading.folder;
  if (unpacked.pictures > 0) return unpacked;
  const [inner] = unpacked.archives;
  throw new InputError(
    inner === undefined
      ? `${source} holds no pictures; get an archive with one folder a class`
      : `${source} holds no pictures but other archives, such as ${inner}; unpack it yourself, and give that archive to fetch`,
  );
}

type Kind = "gzip" | "tar" | "zip";

const unpackers: Readonly<Record<Kind, (reading: Reading) => Promise<void>>> = {
  gzip: (reading) => unpackTar(reading, gunzipped(reading)),
  tar: (reading) => unpackTar(reading, piecesOf(reading)),
  zip: unpackZip,
};

/** What files begin with, a character for a byte. */
const beginnings: readonly (readonly [string, Kind | Other])[] = [
  ["\x1f\x8b", "gzip"],
  ["PK\x03\x04", "zip"],
  ["PK\x05\x06", "zip"],
  ["PK\x07\x08", { is: "a part of a zip archive in several parts" }],
  ["\xfd7zXZ\0", { is: "packed with xz", by: "tar -xf" }],
  ["BZh", { is: "packed with bzip2", by: "tar -xf" }],
  ["\x28\xb5\x2f\xfd", { is: "packed with zstd", by: "tar --zstd -xf" }],
  ["\x04\x22\x4d\x18", { is: "packed with LZ4", by: "lz4 -d" }],
  ["7z\xbc\xaf\x27\x1c", { is: "a 7-Zip archive", by: "7z x" }],
  ["Rar!\x1a\x07", { is: "a RAR archive", by: "unrar x" }],
  ["\x1f\x9d", { is: "packed with compress", by: "tar -xf" }],
  ["\xff\xd8\xff", { is: "a JPEG picture" }],
  ["\x89PNG", { is: "a PNG picture" }],
  ["\x89HDF", { is: "an HDF5 file" }],
  ["PAR1", { is: "a Parquet table" }],
  ["%PDF", { is: "a PDF document" }],
];

/** A file that is none of the three: what it is, and what unpacks it. */
interface Other {
  readonly is: string;
  readonly by?: string;
}

const headBytes = 1024;

async function kindOf(path: string, source: string): Promise<Kind> {
  const head = await headOf(path);
  const text = String.fromCharCode(...head);
  const [, found = otherOf(head, text)] =
    beginnings.find(([start]) => text.startsWith(start)) ?? [];
  if (typeof found === "string") return found;
  throw new InputError(
    `${source} is ${found.is}, expected a .tgz, .tar or .zip; ${
      found.by === undefined
        ? "give the address of the archive itself"
        : `unpack it yourself (${found.by}) and give the folder`
    }`,
  );
}

async function headOf(path: string): Promise<Uint8Array<ArrayBuffer>> {
  for await (const piece of regularFilePieces(path, fileLimits.file)) {
    return piece.subarray(0, headBytes);
  }
  return new Uint8Array();
}

function otherOf(head: Uint8Array<ArrayBuffer>, text: string): "tar" | Other {
  if (isTarHeader(head)) return "tar";
  const start = text.replace(/^\xef\xbb\xbf/, "").trimStart().slice(0, 20)
    .toLowerCase();
  if (
    ["<!doc", "<html", "<?xml", "<head", "<!--"].some((tag) =>
      start.startsWith(tag)
    )
  ) {
    return { is: "a web page, perhaps one to log in or to agree on" };
  }
  if (isGitLfsPointer(head)) return { is: "a pointer of Git LFS" };
  if (start.startsWith("{") || start.startsWith("[")) return { is: "JSON" };
  return { is: head.length === 0 ? "empty" : "no archive that is known here" };
}

/** Whether a block has the checksum of a tar header, or is all zeros, as that of an empty archive is. */
function isTarHeader(head: Uint8Array): boolean {
  if (head.length < 512) return false;
  const block = head.subarray(0, 512);
  if (block.every((byte) => byte === 0)) return head.length === headBytes;
  const said = String.fromCharCode(...block.subarray(148, 156));
  const sum = block.reduce(
    (sum, byte, index) => sum + (index >= 148 && index < 156 ? 32 : byte),
    0,
  );
  return parseInt(said.trim(), 8) === sum;
}

/** The archive's bytes, counted. */
async function* piecesOf(
  reading: Reading,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  for await (const piece of regularFilePieces(reading.path, fileLimits.file)) {
    reading.signal?.throwIfAborted();
    reading.done += piece.length;
    reading.progress?.(reading.done, reading.size);
    yield piece;
  }
}

/** Unlike `DecompressionStream`, Node's reads all members that were joined, as pigz and bgzip write them. */
async function* gunzipped(
  reading: Reading,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  let size = 0;
  for await (const piece of through(piecesOf(reading), createGunzip())) {
    size += piece.length;
    // Headers and padding count, too.
    checkExpansion(size, reading.done);
    yield piece;
  }
}

/** What a stream makes of pieces; its errors and theirs are thrown. */
async function* through(
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  transform: Transform,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  const source = Readable.from(pieces, { objectMode: false });
  source.on("error", (error) => transform.destroy(error));
  try {
    for await (const piece of source.pipe(transform)) {
      if (!(piece instanceof Uint8Array)) throw new TypeError("no bytes");
      // A Buffer shares its memory with others.
      yield new Uint8Array(piece);
    }
  } finally {
    source.destroy();
    transform.destroy();
  }
}

async function unpackTar(
  reading: Reading,
  pieces: AsyncIterable<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  const { folder } = reading;
  const members = ReadableStream.from(pieces)
    .pipeThrough(createTarDecoder({ strict: true }));
  const packedBytes = () => reading.done;
  let count = 0;
  try {
    for await (const { header, body } of members) {
      count++;
      if (isTarFolder(header)) {
        await folder.addFolder(header.name);
        await body.cancel();
      } else await folder.addFile(header.name, body, { packedBytes });
    }
  } catch (error) {
    const isNoTar = count === 0 &&
      /^(?:Invalid tar|Tar archive is truncated)/.test(messageOf(error));
    if (!isNoTar) throw error;
    throw new ArchiveProblem(
      "what it packs is no tar archive, or not the whole of one",
    );
  }
}

/** False for a file; all else is refused. */
function isTarFolder(
  { name, type = "file", linkname, pax = {} }: TarHeader,
): boolean {
  const isSparse = Object.keys(pax).some((key) => key.startsWith("GNU.sparse"));
  if (type === "file" && !isSparse) return false;
  if (type === "directory") return true;
  const kind = type === "link"
    ? `a hard link to ${JSON.stringify(linkname)}`
    : type === "symlink"
    ? `a symbolic link to ${JSON.stringify(linkname)}`
    : `no whole file (${isSparse ? "sparse" : type})`;
  throw new ArchiveProblem(
    `its member ${JSON.stringify(name)} is ${kind}`,
    byHand,
  );
}

async function unpackZip(reading: Reading): Promise<void> {
  const { path, size, folder, source } = reading;
  using file = await Deno.open(path);
  const members = readZipDirectory({
    length: size,
    read: (start, length) => readAt(file, { start, length }),
  }, { name: source, remedy: "get it again, or from elsewhere" });
  checkSaid(members, size);
  for (const [name, member] of members) {
    reading.signal?.throwIfAborted();
    if (isZipFolder(name, member)) await folder.addFolder(name);
    else {
      const before = reading.done;
      await folder.addFile(name, unzipped(file, { name, member, reading }), {
        // What lies between the members counts for all of them.
        packedBytes: () => size,
      });
      reading.done = before + member.packedBytes;
      reading.progress?.(reading.done, size);
    }
  }
}

/** A bomb is refused by what its directory says, before it is unpacked: that is checked then. */
function checkSaid(
  members: ReadonlyMap<string, ZipMember>,
  size: number,
): void {
  let total = 0;
  for (const [name, { bytes, packedBytes }] of members) {
    total += bytes;
    if (bytes <= mostUnpacked(packedBytes) && total <= mostUnpacked(size)) {
      continue;
    }
    throw new ArchiveProblem(
      `it expands to ${total.toLocaleString("en")} bytes and more in ${
        JSON.stringify(name)
      }, which pictures never do`,
    );
  }
}

/** The kind of file in a Unix mode. */
const kinds = { mask: 0xf000, file: 0x8000, folder: 0x4000, link: 0xa000 };

/** False for a file; all else is refused. */
function isZipFolder(name: string, { mode }: ZipMember): boolean {
  const kind = mode & kinds.mask;
  if (name.endsWith("/") || kind === kinds.folder) return true;
  if (kind === 0 || kind === kinds.file) return false;
  throw new ArchiveProblem(
    `its member ${JSON.stringify(name)} is ${
      kind === kinds.link ? "a symbolic link" : "no file"
    }`,
    byHand,
  );
}

/** A member's bytes, checked: there are as many as the directory says, of its checksum. */
async function* unzipped(
  file: Deno.FsFile,
  { name, member, reading }: {
    name: string;
    member: ZipMember;
    reading: Reading;
  },
): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
  if (!Object.values<number>(zipMethods).includes(member.method)) {
    throw new ArchiveProblem(
      `${
        JSON.stringify(name)
      } is packed in a way that is not supported (method ${member.method})`,
      byHand,
    );
  }
  const packed = memberPieces(file, member);
  let size = 0;
  let crc = 0;
  const pieces = member.method === zipMethods.stored
    ? packed
    : through(packed, createInflateRaw());
  for await (const piece of pieces) {
    reading.signal?.throwIfAborted();
    size += piece.length;
    crc = crc32(piece, crc);
    if (size > member.bytes) break;
    yield piece;
  }
  if (size !== member.bytes || crc !== member.crc) {
    throw new Error(`checksum mismatch in ${JSON.stringify(name)}`);
  }
}

const pieceBytes = 256 * 1024;

function* memberPieces(
  file: Deno.FsFile,
  { start, packedBytes }: ZipMember,
): Generator<Uint8Array<ArrayBuffer>, void> {
  for (let done = 0; done < packedBytes; done += pieceBytes) {
    const length = Math.min(pieceBytes, packedBytes - done);
    yield readAt(file, { start: start + done, length });
  }
}

/** So many bytes, fewer where the file ends. */
function readAt(
  file: Deno.FsFile,
  { start, length }: { start: number; length: number },
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  file.seekSync(start, Deno.SeekMode.Start);
  let done = 0;
  while (done < length) {
    const read = file.readSync(bytes.subarray(done));
    if (read === null) break;
    done += read;
  }
  return bytes.subarray(0, done);
}
