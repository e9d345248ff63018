/**
 * Probabilities as answers: a label, how sure, whether it is right, and what it is of.
 *
 * @module
 */
import { extname } from "@std/path";
import { Buffer } from "node:buffer";
import { Random, replaceFile } from "../bytes/mod.ts";
import { InputError, UsageError } from "../errors.ts";
import {
  encodeJpeg,
  encodePng,
  openDecoders,
  type RgbImage,
  thumbnail,
} from "../image/mod.ts";
import {
  confusionMatrix,
  gridSvg,
  type PredictedPicture,
  svgToPng,
} from "../report/mod.ts";
import type { Watcher } from "../watcher.ts";

/** What a head says of a picture: the likeliest label, of equal ones the first. */
export interface Prediction extends PredictedPicture {
  /** To open. */
  readonly file: string;
  /** Digest of the bytes that were predicted, in hex. */
  readonly sha256?: string;
  /** Index of `label`. */
  readonly predictedClass: number;
  /** Index of `truth`. */
  readonly truthClass?: number;
}

/** Reads probabilities `(files, labels)`, row-major. */
export function predictionsOf(
  probabilities: Float32Array,
  { labels, files }: {
    labels: readonly string[];
    files: readonly Pick<Prediction, "path" | "file" | "sha256" | "truth">[];
  },
): Prediction[] {
  return files.map((file, index) => {
    const row = probabilities.subarray(
      index * labels.length,
      (index + 1) * labels.length,
    );
    let best = 0;
    row.forEach((value, at) => best = value > row[best] ? at : best);
    const truthClass = labels.findIndex((label) => label === file.truth);
    return {
      ...file,
      label: labels[best],
      confidence: row[best],
      predictedClass: best,
      ...truthClass >= 0 && { truthClass },
    };
  });
}

/** How often each class was taken for each, among the predictions whose truth is known. */
export function confusionOf(
  predictions: readonly Prediction[],
  labels: readonly string[],
): number[][] {
  const outcomes = predictions.flatMap(({ truthClass, predictedClass }) =>
    truthClass === undefined
      ? []
      : [{ truth: truthClass, predicted: predictedClass }]
  );
  return confusionMatrix(outcomes, labels.length);
}

/** Pictures of a grid: four rows of four. */
const gridPictures = 16;

/** Side of the square that a thumbnail fits, and its JPEG quality. */
const thumbnailSide = 240;
const thumbnailQuality = 75;

/** Predictions for a grid, chosen by the seed. */
export function samplePredictions(
  predictions: readonly Prediction[],
  seed: number,
): Prediction[] {
  return Random.seeded(seed).shuffle(predictions).slice(0, gridPictures);
}

/** The predictions with their thumbnails; a picture that has gone or changed meanwhile has none. */
export async function withThumbnails(
  predictions: readonly Prediction[],
  { exif }: { exif: boolean },
): Promise<Prediction[]> {
  const decoders = openDecoders({ exif });
  const addThumbnail = async (prediction: Prediction) => {
    try {
      const { file, sha256 } = prediction;
      const image = await decoders.decode(file, { sha256 });
      return { ...prediction, thumbnail: await pictureAddress(image) };
    } catch (error) {
      if (error instanceof InputError) return prediction;
      throw error;
    }
  };
  try {
    return await Promise.all(predictions.map(addThumbnail));
  } finally {
    decoders.close();
  }
}

/** A JPEG, or of a picture so small that it will be drawn larger a PNG, which keeps its pixels. */
export async function pictureAddress(image: RgbImage): Promise<string> {
  const isTiny = Math.max(image.width, image.height) <= thumbnailSide / 2;
  const [kind, bytes] = isTiny ? ["png", encodePng(image)] : [
    "jpeg",
    await encodeJpeg(thumbnail(image, thumbnailSide), thumbnailQuality),
  ];
  return `data:image/${kind};base64,${Buffer.from(bytes).toString("base64")}`;
}

/**
 * What {@linkcode writeGrid} will write by a file's name.
 *
 * @throws {UsageError} if it is neither
 */
export function gridKind(path: string): "svg" | "png" {
  const ending = extname(path).toLowerCase();
  if (ending === ".svg") return "svg";
  if (ending === ".png") return "png";
  throw new UsageError(
    `A grid is drawn as FILE.svg or FILE.png, got "${path}"`,
  );
}

/**
 * Draws the first 16 predictions that have pictures into a file; where none has, tells the watcher instead.
 *
 * @throws {UsageError} if the file's name ends neither in `.svg` nor in `.png`
 * @throws {InputError} if the disk refuses
 */
export async function writeGrid(
  path: string,
  predictions: readonly Prediction[],
  { exif, watcher }: { exif: boolean; watcher: Watcher },
): Promise<void> {
  const kind = gridKind(path);
  const first = predictions.slice(0, gridPictures);
  const pictures = (await withThumbnails(first, { exif }))
    .filter(({ thumbnail }) => thumbnail !== undefined);
  if (pictures.length === 0) {
    watcher.warn(`there is no picture to draw: ${path} is left`);
    return;
  }
  const svg = gridSvg(pictures);
  if (kind === "svg") await replaceFile(path, svg);
  else {
    const { png, missing } = await svgToPng(svg);
    await replaceFile(path, png);
    if (missing !== "") {
      watcher.warn(
        `no font on this machine has ${missing}: ${path} shows boxes instead; in a FILE.svg the reader's fonts write them`,
      );
    }
  }
  watcher.note(`grid ${path}`);
}
