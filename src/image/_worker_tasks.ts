/// <reference lib="deno.worker" />
/** What both workers do: answer requests, read and decode a file. */
import { sha256 } from "../bytes/mod.ts";
import { InputError, messageOf } from "../errors.ts";
import type { WorkerReply } from "./_worker_pool.ts";
import { decodeImage } from "./decode.ts";
import type { PictureFile } from "./decoders.ts";
import type { RgbImage } from "./rgb_image.ts";
import { extensionWarning, sniffImage } from "./sniff.ts";

// No picture under the pixel limit is larger; reading more would only fill the memory.
const maxFileBytes = 1e9;

/**
 * Reads and decodes a file.
 *
 * @throws {InputError} with the reason alone
 */
export async function decodePictureFile(
  { path, sha256: expected, ...options }: PictureFile,
): Promise<RgbImage> {
  const bytes = await readFile(path);
  if (expected !== undefined && sha256(bytes) !== expected) {
    throw new InputError(
      "the file has changed since it was read first; bring it back as it was",
    );
  }
  const image = await decodeImage(bytes, options);
  const warnings = [extensionWarning(path, sniffImage(bytes)), image.warning]
    .filter((warning) => warning !== undefined);
  return warnings.length === 0
    ? image
    : { ...image, warning: warnings.join("; ") };
}

async function readFile(path: string): Promise<Uint8Array> {
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) throw new InputError("not a file");
    if (size > maxFileBytes) {
      throw new InputError(
        `a file of ${size} bytes is too large for a picture`,
      );
    }
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof InputError) throw error;
    if (error instanceof Deno.errors.NotFound) {
      throw new InputError("there is no such file", { cause: error });
    }
    const denied = error instanceof Deno.errors.PermissionDenied ||
      error instanceof Deno.errors.NotCapable;
    if (denied) {
      throw new InputError(
        "permission to read it is denied; change its mode or owner",
        { cause: error },
      );
    }
    throw new InputError(`cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Answers each request that this worker gets; a result's pixels are handed over, not copied. */
export function answerRequests<
  Request,
  Result extends { readonly pixels: { readonly buffer: ArrayBuffer } },
>(work: (request: Request) => Promise<Result>): void {
  self.addEventListener("message", async ({ data }: MessageEvent<Request>) => {
    const reply = await replyOf(work(data));
    self.postMessage(
      reply,
      "result" in reply ? [reply.result.pixels.buffer] : [],
    );
  });
}

/** The result, or why there is none. */
async function replyOf<Result>(
  work: Promise<Result>,
): Promise<WorkerReply<Result>> {
  try {
    return { result: await work };
  } catch (error) {
    return {
      refusal: error instanceof InputError
        ? error.message
        : `cannot be decoded: ${messageOf(error)}`,
    };
  }
}
