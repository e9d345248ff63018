/**
 * Downloads that can be interrupted at any time and go on where they stopped.
 *
 * @module
 */
import { dirname } from "@std/path";
import { digestFile, fileError } from "../bytes/mod.ts";
import { InputError, messageOf } from "../errors.ts";
import { writeAll } from "./_verified_file.ts";
import {
  looksLikeHtml,
  type Partial,
  readPartial,
  removePartial,
  startOver,
} from "./_partial.ts";

/** How {@linkcode download} works. */
export interface DownloadOptions {
  /** Where the file goes, whole; its folder is made. */
  readonly path: string;
  /** The size it must have. */
  readonly bytes?: number;
  /** The SHA-256 it must have, in hex. */
  readonly sha256?: string;
  /** Called with bytes on disk so far and, where known, in all. */
  readonly progress?: (done: number, total?: number) => void;
  /** Stops the download; what has come stays for the next time. */
  readonly signal?: AbortSignal;
  /** Failures in a row, with nothing received in between, before giving up [4]. */
  readonly attempts?: number;
  /** Pause before trying again, in milliseconds, times the failures so far [1000]. */
  readonly pause?: number;
  /** Silence after which a connection counts as dead, in milliseconds [30000]. */
  readonly idle?: number;
}

/** Why a transfer ended before the end of the file. */
interface Interrupted {
  readonly reason: string;
}

/**
 * Brings a file to `options.path`. Until it is whole and checked it is named
 * `PATH.part`; a later call goes on from there if the server still has the
 * same file (RFC 9110, Range with If-Range), and starts over if it has not.
 *
 * @throws {InputError} if it cannot be had: no network, an error status, an
 *   HTML page instead of a file, another size or digest than expected
 */
export async function download(
  url: string,
  options: DownloadOptions,
): Promise<void> {
  const { path, attempts = 4, pause = 1000, signal } = options;
  await Deno.mkdir(dirname(path), { recursive: true }).catch((error) => {
    throw fileError(error, { doing: "write", path });
  });
  let failures = 0;
  for (;;) {
    signal?.throwIfAborted();
    const before = (await readPartial(url, options)).size;
    const interrupted = await transfer(url, options);
    if (!interrupted) break;
    const { size } = await readPartial(url, options);
    failures = size > before ? 1 : failures + 1;
    if (failures >= attempts) throw gaveUp(url, size, interrupted, options);
    await sleep(pause * failures, signal);
  }
  await finish(url, options);
}

function gaveUp(
  url: string,
  size: number,
  { reason }: Interrupted,
  { path, bytes }: DownloadOptions,
): InputError {
  const stopped = size > 0
    ? `: stopped after ${size}${bytes ? ` of ${bytes}` : ""} bytes`
    : "";
  const goOn = size > 0
    ? "run the same command to go on from there"
    : "check the network";
  return new InputError(
    `Cannot download ${url}${stopped} (${reason}); ${goOn}, or get the file in another way and put it at "${path}"`,
  );
}

/** Checks the whole file and gives it its name. */
async function finish(url: string, options: DownloadOptions): Promise<void> {
  const { path, bytes, sha256 } = options;
  const part = `${path}.part`;
  const found = await digestFile(part);
  const isWrongSize = bytes !== undefined && found.size !== bytes;
  if (isWrongSize || sha256 !== undefined && found.sha256 !== sha256) {
    await removePartial(path);
    const expected = isWrongSize
      ? `${bytes} bytes, got ${found.size}`
      : `sha256 ${sha256}, got ${found.sha256}`;
    throw new InputError(
      `${url} is not the expected file (expected ${expected}); it was deleted: try again, or get the file in another way and put it at "${path}"`,
    );
  }
  try {
    using file = await Deno.open(part);
    await file.sync();
    await Deno.rename(part, path);
  } catch (error) {
    throw fileError(error, { doing: "write", path });
  }
  await removePartial(path);
}

/** One request; appends what comes to the partial file. */
async function transfer(
  url: string,
  options: DownloadOptions,
): Promise<Interrupted | undefined> {
  const partial = await readPartial(url, options);
  if (options.bytes !== undefined && partial.size === options.bytes) return;
  // The clock of silence aborts the request, as does whoever called.
  const silence = new AbortController();
  const signals = [silence.signal, ...options.signal ? [options.signal] : []];
  const idle = options.idle ?? 30_000;
  let timer = setTimeout(() => silence.abort(), idle);
  try {
    const response = await fetch(url, {
      headers: requestHeaders(partial),
      signal: AbortSignal.any(signals),
    });
    const from = await acceptedFrom(response, { url, partial, options });
    if (typeof from !== "number") return from;
    let size = from;
    for await (const done of append(response, { url, from, options })) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), idle);
      size = done;
      options.progress?.(size, totalOf(response, from) ?? options.bytes);
    }
    const isShort = size < (options.bytes ?? 0);
    return isShort ? { reason: "the connection ended early" } : undefined;
  } catch (error) {
    if (error instanceof InputError) throw error;
    options.signal?.throwIfAborted();
    return {
      reason: silence.signal.aborted
        ? `nothing came for ${idle / 1000} seconds`
        : networkReason(error),
    };
  } finally {
    clearTimeout(timer);
  }
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

function requestHeaders(partial: Partial): Headers {
  // A compressed body has other offsets than the file.
  const headers = new Headers({ "accept-encoding": "identity" });
  if (partial.size > 0 && partial.validator) {
    headers.set("range", `bytes=${partial.size}-`);
    headers.set("if-range", partial.validator);
  }
  return headers;
}

interface Context {
  readonly url: string;
  readonly partial: Partial;
  readonly options: DownloadOptions;
}

/** The offset that the body starts at, or why there is no use in reading it. */
async function acceptedFrom(
  response: Response,
  { url, partial, options }: Context,
): Promise<number | Interrupted> {
  const { status, headers } = response;
  const offset = /^bytes (\d+)-/.exec(headers.get("content-range") ?? "");
  const goesOn = status === 206 && Number(offset?.[1]) === partial.size;
  const from = goesOn ? partial.size : 0;
  const isFile = goesOn || status === 200;
  const total = isFile ? totalOf(response, from) : undefined;
  const refusal = refusalOf(response, options, total);
  if (refusal) {
    await response.body?.cancel();
    throw new InputError(
      `Cannot download ${url}: ${refusal}; get the file in another way and put it at "${options.path}"`,
    );
  }
  if (goesOn) return from;
  if (status !== 200) {
    await response.body?.cancel();
    // Also after 416 and after a range that was not asked for.
    if (status < 500) await removePartial(options.path);
    return { reason: `the server answered ${status}` };
  }
  await startOver(url, options, headers);
  return 0;
}

function refusalOf(
  { status, headers }: Response,
  { bytes }: DownloadOptions,
  total: number | undefined,
): string | undefined {
  if (status >= 400 && status < 500 && status !== 416 && status !== 429) {
    return `the server answered ${status}`;
  }
  if (status !== 200 && status !== 206) return undefined;
  if (headers.get("content-type")?.startsWith("text/html")) {
    return "the server sent an HTML page instead of the file";
  }
  if (bytes !== undefined && total !== undefined && total !== bytes) {
    return `the server has ${total} bytes, expected ${bytes}`;
  }
}

function totalOf({ headers }: Response, from: number): number | undefined {
  const length = headers.get("content-length");
  return length === null ? undefined : from + Number(length);
}

/** Writes the body to the partial file; yields its size after each piece. */
async function* append(
  response: Response,
  { url, from, options }: {
    url: string;
    from: number;
    options: DownloadOptions;
  },
): AsyncGenerator<number> {
  const { path, bytes = Infinity } = options;
  using file = await Deno.open(`${path}.part`, { write: true, create: true });
  await file.truncate(from);
  await file.seek(from, Deno.SeekMode.Start);
  let size = from;
  for await (const chunk of response.body ?? []) {
    if (size === 0 && looksLikeHtml(chunk)) {
      await removePartial(path);
      throw new InputError(
        `Cannot download ${url}: the server sent an HTML page instead of the file; get the file in another way and put it at "${path}"`,
      );
    }
    await writeAll(file, chunk).catch((error) => {
      throw fileError(error, { doing: "write", path: `${path}.part` });
    });
    size += chunk.length;
    if (size > bytes) break;
    yield size;
  }
}

function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}
