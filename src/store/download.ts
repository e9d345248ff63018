/**
 * Downloads of files, verified by what is known of them. They can be interrupted
 * at any time and go on where they stopped.
 *
 * @module
 */
import { dirname } from "@std/path";
import { setTimeout as sleep } from "node:timers/promises";
import * as v from "valibot";
import {
  errorCode,
  fileError,
  fileLimits,
  readRegularText,
  replaceFile,
  throwFileError,
  writeAll,
} from "../bytes/mod.ts";
import { checkRecord } from "../bytes/record.ts";
import { InputError, messageOf } from "../errors.ts";
import {
  type CheckedFile,
  checkFile,
  type ExpectedFile,
  nameFile,
  sizeOf,
} from "./_verified_file.ts";

export interface DownloadOptions extends ExpectedFile {
  /** Where the file goes, whole; its folder is made. */
  readonly path: string;
  /** The size beyond which a file of unknown size is given up, in bytes [none]. */
  readonly mostBytes?: number | undefined;
  /** Called with bytes on disk so far, and all there will be, where that is known. */
  readonly progress?:
    | ((done: number, total: number | undefined) => void)
    | undefined;
  /** Stops the download; what has come stays for the next time. */
  readonly signal?: AbortSignal | undefined;
  /** Failures in a row, with nothing received in between, before giving up [4]. */
  readonly attempts?: number;
  /** Pause before trying again, in milliseconds, times the failures so far [1000]. */
  readonly pause?: number;
  /** Silence after which a connection counts as dead, in milliseconds [30000]. */
  readonly idle?: number;
  /** What to do where the server refuses the address [update espalier]. */
  readonly refused?: string | undefined;
}

/** A file that cannot be had from an address, whatever the disk would take. */
export class DownloadError extends InputError {
  /** Where it was looked for, and why it did not come, for a list of such places. */
  readonly tried: string;

  constructor(message: string, tried: string) {
    super(message);
    this.tried = tried;
  }
}

/**
 * Brings a file to `options.path`. Until it is whole and checked it is named
 * `PATH.part`; a later call goes on from there. Nothing that the server says of
 * its file is trusted, the digest tells: where bytes of an earlier call were
 * built upon and it is wrong, the whole file is fetched once more. Of a
 * file of which no digest is known, `PATH.part.json` keeps by what the server
 * knows it (`ETag`, `Last-Modified`); where it has changed, or nothing tells
 * whether two halves are of one file, it begins anew.
 *
 * @returns what came
 * @throws {DownloadError} if it cannot be had: no network, an error status, or
 *   another size or digest than expected, such as a login page's
 */
export async function download(
  url: string,
  options: DownloadOptions,
): Promise<CheckedFile> {
  const { path } = options;
  const part = `${path}.part`;
  await Deno.mkdir(dirname(path), { recursive: true })
    .catch(throwFileError({ doing: "write", path }));
  const isBuiltUpon = await sizeOf(part) !== undefined;
  await receive(url, options);
  const found = await checkFile(part, options);
  if (found.difference === undefined) {
    await nameFile(part, path);
    await forget(remotePath(path));
    return found;
  }
  await Deno.remove(part);
  if (isBuiltUpon) return await download(url, options);
  throw new DownloadError(
    `${url} is not the expected file (${found.difference}); it was deleted: try again, or get the file in another way and put it at "${path}"`,
    `${url} is another file (${found.difference})`,
  );
}

function hasDigest({ sha256, md5 }: ExpectedFile): boolean {
  return sha256 !== undefined || md5 !== undefined;
}

/** What the first answer says of the file on the server. */
interface Remote {
  /** Its size. */
  bytes?: number | undefined;
  /** What changes with it. */
  version?: string | undefined;
}

/** Keeps what is known of the file on the server for a later call. */
const remotePath = (path: string) => `${path}.part.json`;

const remoteSchema = v.object({
  url: v.string(),
  bytes: v.optional(v.number()),
  version: v.string(),
});

/** What is known before the first request; a partial file that cannot be gone on with is deleted. */
async function knownRemote(
  url: string,
  { path, bytes, ...digests }: DownloadOptions,
): Promise<Remote> {
  if (hasDigest(digests)) return { bytes };
  const text = await readRegularText(remotePath(path), fileLimits.record)
    .catch(() => "");
  const { record } = checkRecord(remoteSchema, jsonOf(text));
  if (record?.url === url) return record;
  await forget(`${path}.part`);
  return { bytes };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function forget(path: string): Promise<void> {
  await Deno.remove(path).catch((error) => {
    if (errorCode(error) === "ENOENT") return;
    throw fileError(error, { doing: "remove", path });
  });
}

/** Requests what is missing of the partial file until all of it is there. */
async function receive(url: string, options: DownloadOptions): Promise<void> {
  const { path, attempts = 4, pause = 1000, signal } = options;
  const sizeNow = async () => await sizeOf(`${path}.part`) ?? 0;
  const remote = await knownRemote(url, options);
  let before = await sizeNow();
  let failures = 0;
  while (before < (remote.bytes ?? Infinity)) {
    signal?.throwIfAborted();
    const failure = await transfer(url, before, { ...options, remote });
    if (failure === undefined) return;
    const size = await sizeNow();
    failures = size > before ? 1 : failures + 1;
    if (failures >= attempts) {
      const [reason, remedy] = size > 0
        ? [
          `stopped after ${size} of ${
            remote.bytes ?? "unknown"
          } bytes: ${failure}`,
          "run the same command to go on from there",
        ]
        : [failure, "check the network"];
      throw cannotDownload(url, { path, reason, remedy });
    }
    before = size;
    // What the abort throws is thrown above.
    await sleep(pause * failures, undefined, signal && { signal })
      .catch(() => {});
  }
}

function cannotDownload(
  url: string,
  { path, reason, remedy }: { path: string; reason: string; remedy: string },
): DownloadError {
  return new DownloadError(
    `Cannot download ${url} (${reason}); ${remedy}, or get the file in another way and put it at "${path}"`,
    `${url} (${reason})`,
  );
}

/** A request's options, and what is known of the file on the server. */
type TransferOptions = DownloadOptions & { readonly remote: Remote };

/** One request, its body appended to the partial file; gives why it ended early, if it did. */
async function transfer(
  url: string,
  from: number,
  options: TransferOptions,
): Promise<string | undefined> {
  const { path, signal, idle = 30_000 } = options;
  // The clock of silence aborts the request, as does whoever called.
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), idle);
  try {
    const response = await fetch(url, {
      headers: headersFor(from, options),
      signal: AbortSignal.any([silence.signal, ...signal ? [signal] : []]),
    });
    const start = startOf(response);
    const { body } = response;
    if (!body || start === undefined || isOther(response, from, options)) {
      await body?.cancel();
      if (isWhole(response, from)) return;
      return await refusal(url, response.status, options);
    }
    using file = await Deno.open(`${path}.part`, { write: true, create: true });
    await file.truncate(start);
    await noteRemote(url, response, options);
    let size = await file.seek(0, Deno.SeekMode.End);
    for await (const piece of body) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), idle);
      await writeAll(file, piece);
      size += piece.length;
      if (isTooLarge(url, size, options)) break;
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    signal?.throwIfAborted();
    if (errorCode(error) !== undefined) {
      throw fileError(error, { doing: "write", path: `${path}.part` });
    }
    return silence.signal.aborted
      ? `nothing came for ${idle / 1000} seconds`
      : networkReason(error);
  } finally {
    clearTimeout(timer);
  }
}

/** Tells how far it is, and whether more came than there should be. */
function isTooLarge(
  url: string,
  size: number,
  { path, remote, mostBytes = Infinity, progress }: TransferOptions,
): boolean {
  progress?.(size, remote.bytes);
  if (Math.max(size, remote.bytes ?? 0) > mostBytes) {
    throw cannotDownload(url, {
      path,
      reason: `it is larger than ${mostBytes} bytes`,
      remedy: "check the address",
    });
  }
  return size > (remote.bytes ?? Infinity);
}

function headersFor(from: number, options: TransferOptions): Headers {
  // A compressed body would have other offsets than the file.
  const headers = new Headers({ "accept-encoding": "identity" });
  const { version } = options.remote;
  // Where no digest would tell, the rest has to be of the same file still.
  if (from === 0 || !hasDigest(options) && version === undefined) {
    return headers;
  }
  headers.set("range", `bytes=${from}-`);
  if (!hasDigest(options)) headers.set("if-range", `${version}`);
  return headers;
}

/** Notes what the server says of its file, before a byte of it is kept. */
async function noteRemote(
  url: string,
  response: Response,
  { path, bytes, remote, ...digests }: TransferOptions,
): Promise<void> {
  remote.bytes = bytes ?? totalOf(response);
  remote.version = versionOf(response);
  if (hasDigest(digests)) return;
  const record = JSON.stringify({ url, ...remote });
  await replaceFile(remotePath(path), record);
}

/** The size of the whole file. */
function totalOf(response: Response): number | undefined {
  const { headers } = response;
  const length = Number(headers.get("content-length") ?? NaN);
  return Number.isInteger(length)
    ? (startOf(response) ?? 0) + length
    : undefined;
}

function versionOf({ headers }: Response): string | undefined {
  const tag = headers.get("etag");
  // A weak tag is none for a range.
  return tag !== null && !tag.startsWith("W/")
    ? tag
    : headers.get("last-modified") ?? undefined;
}

/** Whether a part is not the rest of what is here; some servers do not know `If-Range`. */
function isOther(
  response: Response,
  from: number,
  { remote, ...digests }: TransferOptions,
): boolean {
  const start = startOf(response);
  if (start === 0) return false;
  if (start !== from) return true;
  return !hasDigest(digests) &&
    [
      [remote.version, versionOf(response)],
      [remote.bytes, totalOf(response)],
    ].some(([before, now]) =>
      before !== undefined && now !== undefined && before !== now
    );
}

/** Whether there is nothing behind the bytes that are here. */
function isWhole({ status, headers }: Response, from: number): boolean {
  return status === 416 &&
    headers.get("content-range") === `bytes */${from}`;
}

/** Where in the file the body starts; undefined if it is not of the file. */
function startOf({ status, headers }: Response): number | undefined {
  if (status === 200) return 0;
  const range = /^bytes (\d+)-/.exec(headers.get("content-range") ?? "");
  return status === 206 && range ? Number(range[1]) : undefined;
}

/** The reason for a second try; what that cannot change is thrown. */
async function refusal(
  url: string,
  status: number,
  { path, refused = "update espalier" }: DownloadOptions,
): Promise<string> {
  const reason = `the server answered ${status}`;
  // It has no such range: what is here may be of another file.
  if (status === 206 || status === 416) await forget(`${path}.part`);
  else if (status >= 400 && status < 500 && status !== 429) {
    throw cannotDownload(url, { path, reason, remedy: refused });
  }
  return reason;
}

/** "fetch failed" says nothing; its cause names what went wrong, behind the address. */
function networkReason(error: unknown): string {
  const isWrapped = error instanceof Error && error.cause instanceof Error;
  if (isWrapped) return networkReason(error.cause);
  return messageOf(error).replace(
    /^error sending .*client error \(\w+\): /,
    "",
  );
}
