/** What both workers do: answer requests, read and decode a file. */
import { parentPort } from "node:worker_threads";
import {
  fileErrorReason,
  fileLimits,
  readRegularFile,
  sha256,
} from "../bytes/mod.ts";
import { InputError, messageOf } from "../errors.ts";
import type { WorkerReply } from "./_worker_pool.ts";
import { decodeImage } from "./decode.ts";
import type { PictureFile } from "./decoders.ts";
import type { RgbImage } from "./rgb_image.ts";
import { extensionWarning, sniffImage } from "./sniff.ts";

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
    return await readRegularFile(path, fileLimits.picture);
  } catch (error) {
    throw new InputError(fileErrorReason(error), { cause: error });
  }
}

/** Answers each request that this worker gets; a result's pixels are handed over, not copied. */
export function answerRequests<
  Request,
  Result extends { readonly pixels: { readonly buffer: ArrayBuffer } },
>(work: (request: Request) => Promise<Result>): void {
  parentPort?.on("message", async (request: Request) => {
    const reply = await replyOf(work(request));
    parentPort?.postMessage(
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
