/**
 * Downloads of files whose size and digest are known. They can be interrupted
 * at any time and go on where they stopped.
 *
 * @module
 */
import { dirname } from "@std/path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  errorCode,
  fileError,
  throwFileError,
  writeAll,
} from "../bytes/mod.ts";
import { InputError, messageOf } from "../errors.ts";
import {
  differenceOf,
  type ExpectedFile,
  nameFile,
  sizeOf,
} from "./_verified_file.ts";

export interface DownloadOptions extends ExpectedFile {
  /** Where the file goes, whole; its folder is made. */
  readonly path: string;
  /** Called with bytes on disk so far. */
  readonly progress?: ((done: number) => void) | undefined;
  /** Stops the download; what has come stays for the next time. */
  readonly signal?: AbortSignal | undefined;
  /** Failures in a row, with nothing received in between, before giving up [4]. */
  readonly attempts?: number;
  /** Pause before trying again, in milliseconds, times the failures so far [1000]. */
  readonly pause?: number;
  /** Silence after which a connection counts as dead, in milliseconds [30000]. */
  readonly idle?: number;
}

/**
 * Brings a file to `options.path`. Until it is whole and checked it is named
 * `PATH.part`; a later call goes on from there. Nothing that the server says of
 * its file is trusted, the digest tells: where bytes of an earlier call were
 * built upon and it is wrong, the whole file is fetched once more.
 *
 * @throws {InputError} if it cannot be had: no network, an error status, or
 *   another size or digest than expected, such as a login page's
 */
export async function download(
  url: string,
  options: DownloadOptions,
): Promise<void> {
  const { path } = options;
  const part = `${path}.part`;
  await Deno.mkdir(dirname(path), { recursive: true })
    .catch(throwFileError({ doing: "write", path }));
  const isBuiltUpon = await sizeOf(part) !== undefined;
  await receive(url, options);
  const difference = await differenceOf(part, options);
  if (difference === undefined) return await nameFile(part, path);
  await Deno.remove(part);
  if (isBuiltUpon) return await download(url, options);
  throw new InputError(
    `${url} is not the expected file (${difference}); it was deleted: try again, or get the file in another way and put it at "${path}"`,
  );
}

/** Requests what is missing of the partial file until all of it is there. */
async function receive(url: string, options: DownloadOptions): Promise<void> {
  const { path, bytes, attempts = 4, pause = 1000, signal } = options;
  const sizeNow = async () => await sizeOf(`${path}.part`) ?? 0;
  let before = await sizeNow();
  let failures = 0;
  while (before < bytes) {
    signal?.throwIfAborted();
    const failure = await transfer(url, before, options);
    if (failure === undefined) return;
    const size = await sizeNow();
    failures = size > before ? 1 : failures + 1;
    if (failures >= attempts) {
      const [reason, remedy] = size > 0
        ? [
          `stopped after ${size} of ${bytes} bytes: ${failure}`,
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
): InputError {
  return new InputError(
    `Cannot download ${url} (${reason}); ${remedy}, or get the file in another way and put it at "${path}"`,
  );
}

/** One request, its body appended to the partial file; gives why it ended early, if it did. */
async function transfer(
  url: string,
  from: number,
  { path, bytes, progress, signal, idle = 30_000 }: DownloadOptions,
): Promise<string | undefined> {
  // The clock of silence aborts the request, as does whoever called.
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), idle);
  try {
    // A compressed body would have other offsets than the file.
    const headers = new Headers({ "accept-encoding": "identity" });
    if (from > 0) headers.set("range", `bytes=${from}-`);
    const response = await fetch(url, {
      headers,
      signal: AbortSignal.any([silence.signal, ...signal ? [signal] : []]),
    });
    const start = startOf(response);
    const { body } = response;
    if (!body || start === undefined || start > 0 && start !== from) {
      await body?.cancel();
      return await refusal(url, response.status, path);
    }
    using file = await Deno.open(`${path}.part`, { write: true, create: true });
    await file.truncate(start);
    let size = await file.seek(0, Deno.SeekMode.End);
    for await (const piece of body) {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), idle);
      await writeAll(file, piece);
      size += piece.length;
      progress?.(size);
      if (size > bytes) break;
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
  path: string,
): Promise<string> {
  const reason = `the server answered ${status}`;
  // It has no such range: what is here may be of another file.
  if (status === 206 || status === 416) await Deno.remove(`${path}.part`);
  else if (status >= 400 && status < 500 && status !== 429) {
    throw cannotDownload(url, { path, reason, remedy: "update espalier" });
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
