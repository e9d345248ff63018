/**
 * A folder that an archive is unpacked into: what its members may be called,
 * how much they may come to.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import { errorCode, fileError } from "../bytes/mod.ts";
import { isPicture } from "../data/class_folders.ts";
import { InputError } from "../errors.ts";

/** What was unpacked. */
export interface Unpacked {
  readonly files: number;
  /** Files that pictures may be. */
  readonly pictures: number;
  readonly bytes: number;
  /** Names of archives among the files, the first few. */
  readonly archives: readonly string[];
}

/** Why an archive is not unpacked: `its member "../a" leads outside`. */
export class ArchiveProblem extends Error {
  override readonly name: string = "ArchiveProblem";
  /** What to do next. */
  readonly remedy: string;

  constructor(message: string, remedy = "get it from elsewhere") {
    super(message);
    this.remedy = remedy;
  }
}

/** The remedy where an archive holds what only tools of its own kind know. */
export const byHand = "unpack it yourself and give the folder";

/** More than any data set has. */
const mostMembers = 2_000_000;
/** What a small archive may come to, and how many times its bytes a large one: pictures are packed already. */
const alwaysAllowed = 2 ** 25;
const mostExpansion = 100;
const mostBytes = 2 ** 36;

/** The bytes that so many bytes of an archive may come to; what gives more is a bomb. */
export function mostUnpacked(packedBytes: number): number {
  return Math.min(alwaysAllowed + mostExpansion * packedBytes, mostBytes);
}

/** @throws {ArchiveProblem} if so many bytes are more than so many of an archive may come to */
export function checkExpansion(bytes: number, packedBytes: number): void {
  const most = mostUnpacked(packedBytes);
  if (bytes <= most) return;
  throw new ArchiveProblem(
    `it expands to more than ${
      most.toLocaleString("en")
    } bytes, which pictures never do`,
  );
}

/** Takes the members of one archive; nothing else may write to the folder. */
export class UnpackFolder {
  readonly #path: string;
  readonly #made = new Set<string>();
  /** The first few. */
  readonly #archives: string[] = [];
  #members = 0;
  #files = 0;
  #pictures = 0;
  #bytes = 0;

  constructor(path: string) {
    this.#path = path;
  }

  get unpacked(): Unpacked {
    return {
      files: this.#files,
      pictures: this.#pictures,
      bytes: this.#bytes,
      archives: this.#archives,
    };
  }

  /** @throws {ArchiveProblem} for a name that no folder may have */
  async addFolder(name: string): Promise<void> {
    const parts = this.#partsOf(name);
    if (parts) await this.#makeFolder(parts);
  }

  /**
   * Writes a file, piece by piece; what only the packer's system uses is passed over.
   *
   * @throws {ArchiveProblem} for a name that no file may have, or that is there
   *   already, and for more bytes than the archive may come to
   * @throws {InputError} if the disk refuses
   */
  async addFile(
    name: string,
    pieces: AsyncIterable<Uint8Array>,
    { packedBytes }: {
      /** How much of the archive has been read. */
      packedBytes: () => number;
    },
  ): Promise<void> {
    const parts = this.#partsOf(name);
    if (!parts || isOfSystem(parts)) {
      for await (const piece of pieces) this.#count(piece, packedBytes());
      return;
    }
    await this.#makeFolder(parts.slice(0, -1));
    this.#files++;
    const path = join(this.#path, ...parts);
    using file = this.#openFile(path, parts);
    for await (const piece of pieces) {
      this.#count(piece, packedBytes());
      try {
        writeAll(file, piece);
      } catch (error) {
        throw fileError(error, { doing: "write", path });
      }
    }
    const last = parts[parts.length - 1];
    if (isArchiveName(last)) {
      if (this.#archives.length < 3) this.#archives.push(parts.join("/"));
    } else if (isPicture(last) && !last.startsWith(".")) this.#pictures++;
  }

  #openFile(path: string, parts: readonly string[]): Deno.FsFile {
    try {
      return Deno.openSync(path, { write: true, createNew: true });
    } catch (error) {
      throw this.#problemOf(error, parts);
    }
  }

  #count(piece: Uint8Array, packedBytes: number): void {
    this.#bytes += piece.length;
    checkExpansion(this.#bytes, packedBytes);
  }

  #partsOf(name: string): string[] | undefined {
    if (++this.#members > mostMembers) {
      throw new ArchiveProblem(`it has more than ${mostMembers} members`);
    }
    return memberParts(name);
  }

  async #makeFolder(parts: readonly string[]): Promise<void> {
    const name = parts.join("/");
    if (this.#made.has(name)) return;
    try {
      await Deno.mkdir(join(this.#path, ...parts), { recursive: true });
    } catch (error) {
      throw this.#problemOf(error, parts);
    }
    this.#made.add(name);
  }

  #problemOf(error: unknown, parts: readonly string[]): Error {
    const name = JSON.stringify(parts.join("/"));
    switch (errorCode(error)) {
      case "EEXIST":
      case "ENOTDIR":
      case "EISDIR":
        return new ArchiveProblem(
          `${name} is in it twice, or as a file and a folder, or beside a name that this disk cannot tell from it`,
          byHand,
        );
      case "ENAMETOOLONG":
        return new ArchiveProblem(
          `the name ${name} is too long for this disk`,
          byHand,
        );
      default:
        return errorCode(error) === undefined && error instanceof Error
          ? error
          : new InputError(
            fileError(error, { doing: "write", path: dirname(this.#path) })
              .message,
            { cause: error },
          );
    }
  }
}

/** Without a turn of the event loop for each of thousands of small files. */
function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) {
    written += file.writeSync(bytes.subarray(written));
  }
}

/**
 * The parts of a member's name; undefined for the archive's own folder.
 *
 * @throws {ArchiveProblem} for a name that no file may have
 */
export function memberParts(name: string): string[] | undefined {
  const parts = name.split("/");
  const refused = name.startsWith("/") || parts.includes("..") ||
      name.includes("\\") || /^[A-Za-z]:/.test(name)
    ? "leads outside"
    : hasControl(name)
    ? "has a name with control characters"
    : parts.some(isDevice)
    ? "has the name of a device of Windows"
    : undefined;
  if (refused !== undefined) {
    throw new ArchiveProblem(`its member ${JSON.stringify(name)} ${refused}`);
  }
  const kept = parts.filter((part) => part !== "" && part !== ".");
  return kept.length === 0 ? undefined : kept;
}

function hasControl(name: string): boolean {
  return [...name].some((letter) => letter < " " || letter === "\x7f");
}

const devices = new Set([
  ..."con prn aux nul".split(" "),
  ...Array.from("123456789", (digit) => [`com${digit}`, `lpt${digit}`]).flat(),
]);

/** Whether Windows opens a device under a name, whatever stands behind its dot. */
export function isDevice(part: string): boolean {
  return devices.has(part.split(".", 1)[0].trim().toLowerCase());
}

/** What macOS puts beside each file of an archive. */
function isOfSystem(parts: readonly string[]): boolean {
  return parts[0] === "__MACOSX" || parts.some((part) => part.startsWith("._"));
}

const archiveEndings = [
  ...[".zip", ".tar", ".tgz", ".gz", ".7z", ".rar", ".xz", ".bz2", ".zst"],
];

/** Whether a name is that of an archive, of any kind. */
export function isArchiveName(name: string): boolean {
  return archiveEndings.some((ending) => name.toLowerCase().endsWith(ending));
}
