/**
 * JPEG files to extract features from, and to learn classes from.
 *
 * @module
 */
import { join } from "@std/path";
import { sha256 } from "../src/bytes/mod.ts";
import type { FeatureRequest } from "../src/features/mod.ts";
import { encodeJpeg } from "../src/image/mod.ts";
import { seededPixels } from "./forward.ts";

/** The size of usual photos in training sets. */
export const photoSize = { height: 375, width: 500 };

const quality = 90;

/** Pictures that differ; each is written several times. */
const different = 8;

/** Writes `count` JPEG files of noise over a slope into a folder and gives what extraction asks for them by. */
export async function writePictures(
  folder: string,
  count: number,
): Promise<FeatureRequest[]> {
  const pixels = seededPixels(different, photoSize);
  const length = photoSize.height * photoSize.width * 3;
  const encoded = await Promise.all(
    Array.from({ length: different }, (_, index) => {
      const picture = pixels.subarray(index * length, (index + 1) * length);
      return encodeJpeg(
        { ...photoSize, pixels: Uint8Array.from(picture) },
        quality,
      );
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

/** Writes `each` JPEG files into a folder of each class, no two the same. */
export async function writeClasses(
  folder: string,
  { classes, each }: { classes: number; each: number },
): Promise<void> {
  const { height, width } = photoSize;
  const noise = seededPixels(1, photoSize);
  for (let label = 0; label < classes; label++) {
    const place = join(folder, `class ${label}`);
    await Deno.mkdir(place, { recursive: true });
    // Every class has a colour of its own, every picture noise of its own.
    const tint = [0, 1, 2].map((channel) => (label >> channel & 1) * 96);
    for (let number = 0; number < each; number++) {
      const shift = 3 * (label * each + number);
      const pixels = Uint8Array.from(
        { length: height * width * 3 },
        (_, index) =>
          (noise[(index + shift) % noise.length] + tint[index % 3]) / 2,
      );
      const jpeg = await encodeJpeg({ ...photoSize, pixels }, quality);
      await Deno.writeFile(join(place, `${number}.jpg`), jpeg);
    }
  }
}
