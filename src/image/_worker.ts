/// <reference lib="deno.worker" />

import { InputError, messageOf } from "../errors.ts";
import type { WorkerReply } from "./_worker_pool.ts";
import { decodeImage } from "./decode.ts";
import type { DecodeRequest } from "./pool.ts";
import type { RgbImage } from "./rgb_image.ts";
import { extensionWarning, sniffImage } from "./sniff.ts";

// No picture under the pixel limit is larger; reading more would only fill the memory.
const maxFileBytes = 1e9;

self.addEventListener(
  "message",
  async ({ data }: MessageEvent<DecodeRequest>) => {
    const reply = await answer(data);
    self.postMessage(
      reply,
      "result" in reply ? [reply.result.pixels.buffer] : [],
    );
  },
);

async function answer(request: DecodeRequest): Promise<WorkerReply<RgbImage>> {
  try {
    return { result: await decodeFile(request) };
  } catch (error) {
    return {
      refusal: error instanceof InputError
        ? error.message
        : `cannot be decoded: ${messageOf(error)}`,
    };
  }
}

async function decodeFile(
  { path, ...options }: DecodeRequest,
): Promise<RgbImage> {
  const bytes = await readFile(path);
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
