/**
 * Archives (.tgz) that are known by size and digest: brought by a download, by
 * npm, or by hand, and read as data. Nothing of a package is run, and neither
 * it nor what it depends on enters the module graph.
 *
 * @module
 */
import { join } from "@std/path";
import { type TarHeader, unpackTar } from "modern-tar";
import {
  errorCode,
  fileLimits,
  readRegularFile,
  sha256,
} from "../bytes/mod.ts";
import { InputError, messageOf } from "../errors.ts";
import type { ArchiveSource, NpmSource } from "../../models/mod.ts";
import { differenceOf, nameFile, sizeOf } from "./_verified_file.ts";
import { download, type DownloadOptions } from "./download.ts";

/** Where an archive goes, and who hears of it. */
export type ArchiveOptions =
  & Pick<DownloadOptions, "progress" | "signal">
  & { readonly folder: string };

/** The file's name: that of the address, or the one npm gives a package. */
export function archiveName(source: ArchiveSource | NpmSource): string {
  switch (source.kind) {
    case "archive":
      return new URL(source.url).pathname.replace(/^.*\//, "");
    case "npm": {
      const name = source.package.replace(/^@/, "").replace("/", "-");
      return `${name}-${source.version}.tgz`;
    }
    default:
      return source satisfies never;
  }
}

/**
 * Brings an archive into a folder and checks it; one that was put there by hand
 * is checked and used. Packages come by `npm pack`, which obeys the user's npm
 * settings (mirrors, proxies, cache), or from npm's registry where npm cannot
 * be run.
 *
 * @returns its path
 * @throws {InputError} if it cannot be had or is another file
 */
export async function bringArchive(
  source: ArchiveSource | NpmSource,
  options: ArchiveOptions,
): Promise<string> {
  const path = join(options.folder, archiveName(source));
  if (await sizeOf(path) === undefined) {
    if (source.kind === "npm" && await packNpmPackage(source, options)) {
      return path;
    }
    const url = source.kind === "archive" ? source.url : registryUrl(source);
    const { bytes, sha256 } = source;
    await download(url, { ...options, path, bytes, sha256 });
    return path;
  }
  const difference = await differenceOf(path, source);
  if (difference === undefined) return path;
  throw new InputError(
    `"${path}" is not the expected file (${difference}); delete it or put the right file in its place`,
  );
}

function registryUrl({ package: name, version }: NpmSource): string {
  const file = `${name.replace(/^@.*\//, "")}-${version}.tgz`;
  return `https://registry.npmjs.org/${name}/-/${file}`;
}

/** Brings a package's archive with npm; false where npm cannot be run. */
async function packNpmPackage(
  source: NpmSource,
  { folder, signal }: ArchiveOptions,
): Promise<boolean> {
  // A fixed name: what a killed process left behind goes with the next fetch.
  const temporary = join(folder, ".npm");
  await Deno.mkdir(temporary, { recursive: true });
  try {
    const name = `${source.package}@${source.version}`;
    const output = await runNpm(
      ["pack", name, "--ignore-scripts", "--pack-destination", temporary],
      signal,
    );
    signal?.throwIfAborted();
    if (!output) return false;
    const { success, stderr } = output;
    const packed = join(temporary, archiveName(source));
    const problem = success
      ? await differenceOf(packed, source)
      : reasonOf(new TextDecoder().decode(stderr));
    if (problem !== undefined) {
      throw new InputError(
        `"npm pack ${name}" failed (${problem}); connect to the network and run the same command again`,
      );
    }
    await nameFile(packed, join(folder, archiveName(source)));
    return true;
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}

function reasonOf(said: string): string {
  const line = /^npm (?:ERR!|error) (?!code|errno|syscall)(.+)$/m.exec(said);
  return line?.[1] ?? "it gave no reason";
}

async function runNpm(
  args: string[],
  signal?: AbortSignal,
): Promise<Deno.CommandOutput | undefined> {
  try {
    return await new Deno.Command("npm", {
      args,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      ...signal ? { signal } : {},
    }).output();
  } catch (error) {
    signal?.throwIfAborted();
    const isMissing = errorCode(error) === "ENOENT" ||
      error instanceof Deno.errors.NotCapable;
    if (isMissing) return undefined;
    throw error;
  }
}

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
