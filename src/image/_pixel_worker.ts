import type { PictureFile, PixelRequest, ReadPixels } from "./decoders.ts";
import { augment } from "./augment.ts";
import { type PixelShape, pixelsOf } from "./pixels.ts";
import { answerRequests, decodePictureFile } from "./_worker_tasks.ts";

answerRequests(readPixels);

async function readPixels(
  { from, shape, change }: PixelRequest,
): Promise<ReadPixels> {
  const read = "path" in from ? await decode(from, shape) : from;
  if (!change) return read;
  return { ...read, pixels: augment(read.pixels, change, shape) };
}

async function decode(
  file: PictureFile,
  shape: PixelShape,
): Promise<ReadPixels> {
  const image = await decodePictureFile(file);
  return { pixels: pixelsOf(image, shape), warning: image.warning };
}
