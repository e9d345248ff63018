/**
 * JPEG files to extract features from.
 *
 * @module
 */
import { join } from "@std/path";
import { sha256 } from "../src/bytes/mod.ts";
import type { FeatureRequest } from "../src/features/mod.ts";
import { encodeJpeg } from "../src/image/mod.ts";
import { seededPixels } from "./forward.ts";

/** The size of usual photos in training sets. */
const size = { height: 375, width: 500 };

const quality = 90;

/** Pictures that differ; each is written several times. */
const different = 8;

/** Writes `count` JPEG files of noise over a slope into a folder and gives what extraction asks for them by. */
export async function writePictures(
  folder: string,
  count: number,
): Promise<FeatureRequest[]> {
  const pixels = seededPixels(different, size);
  const length = size.height * size.width * 3;
  const encoded = await Promise.all(
    Array.from({ length: different }, (_, index) => {
      const picture = pixels.subarray(index * length, (index + 1) * length);
      return encodeJpeg({ ...size, pixels: Uint8Array.from(picture) }, quality);
    }),
  );
  const digests = encoded.map(sha256);
  const pictures: FeatureRequest[] = [];
  for (let index = 0; index < count; index++) {
    const file = join(folder, `${index}.jpg`);
    await Deno.writeFile(file, encoded[index % different]);
    pictures.push({ file, sha256: digests[index % different] });
  }
  return pictures;
}
