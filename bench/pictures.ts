/**
 * JPEG files to extract features from.
 *
 * @module
 */
import { join } from "@std/path";
import { encodeJpeg } from "../src/image/mod.ts";
import { seededPixels } from "./forward.ts";

/** The size of usual photos in training sets. */
const size = { height: 375, width: 500 };

const quality = 90;

/** Pictures that differ; each is written several times. */
const different = 8;

/** Writes `count` JPEG files of noise over a slope into a folder and gives their paths. */
export async function writePictures(
  folder: string,
  count: number,
): Promise<string[]> {
  const pixels = seededPixels(different, size);
  const length = size.height * size.width * 3;
  const encoded = await Promise.all(
    Array.from({ length: different }, (_, index) => {
      const picture = pixels.subarray(index * length, (index + 1) * length);
      return encodeJpeg({ ...size, pixels: Uint8Array.from(picture) }, quality);
    }),
  );
  const paths: string[] = [];
  for (let index = 0; index < count; index++) {
    const path = join(folder, `${index}.jpg`);
    await Deno.writeFile(path, encoded[index % different]);
    paths.push(path);
  }
  return paths;
}
