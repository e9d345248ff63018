/**
 * The data sets that are known by name. A new one is an entry; nothing is
 * loaded here, because the launcher waits for it.
 *
 * @module
 */
import type { ExpectedFile } from "./_verified_file.ts";

/** A data set that its name brings. */
export interface KnownDataSet {
  readonly name: string;
  /** What it holds. */
  readonly title: string;
  /** Whose terms they are, and which. */
  readonly licence: string;
  /** The archive's official address. */
  readonly url: string;
  /** What is published of the archive. */
  readonly archive: ExpectedFile;
  /** Who published that. */
  readonly published: string;
}

/** By name. */
export const knownDataSets: Readonly<Record<string, KnownDataSet>> = {
  "flower_photos": {
    name: "flower_photos",
    title:
      "3,670 photos of 5 kinds of flowers, the set of TensorFlow's tutorials",
    licence: "CC BY 2.0, photographers in LICENSE.txt",
    url: "http://download.tensorflow.org/example_images/flower_photos.tgz",
    archive: {
      bytes: 228_813_984,
      sha256:
        "4c54ace7911aaffe13a365c34f650e71dd5bf1be0a58b464e5a7183e3e595d9c",
    },
    published: "size and SHA-256 are TensorFlow Datasets'",
  },
  "imagewoof2-160": {
    name: "imagewoof2-160",
    title:
      "12,954 photos of 10 breeds of dogs, 160 pixels, train and val (fast.ai)",
    licence: "photos of ImageNet, for research",
    url: "https://s3.amazonaws.com/fast-ai-imageclas/imagewoof2-160.tgz",
    // fast.ai's own checks.txt has the size, and an MD5 of the first MiB only;
    // the SHA-256 of TensorFlow Datasets is that of the archive before it was
    // packed anew.
    archive: {
      bytes: 92_612_825,
      md5: "3d200a7be99704a0d7509be2a9fbfe15",
    },
    published: "size (fast.ai) and MD5 (Catalyst)",
  },
};

/** The known data set of a name; undefined if there is none. */
export function knownDataSet(name: string): KnownDataSet | undefined {
  return Object.hasOwn(knownDataSets, name) ? knownDataSets[name] : undefined;
}
