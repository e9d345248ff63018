/**
 * The picture of predictions.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { openDecoders, type RgbImage } from "../image/mod.ts";
import { drawGrid, type GridCell } from "../report/mod.ts";
import { Random } from "../bytes/mod.ts";
import type { Prediction } from "./predictions.ts";

/** Pictures of a grid: four rows of four. */
export const gridPictures = 16;

/**
 * Draws up to {@linkcode gridPictures} of the predictions, chosen by the seed;
 * `undefined` where there are no pictures to draw.
 */
export async function drawPredictions(
  predictions: readonly Prediction[],
  { seed, exif, hasPictures }: {
    seed: number;
    exif: boolean;
    hasPictures: boolean;
  },
): Promise<RgbImage | undefined> {
  if (!hasPictures || predictions.length === 0) return undefined;
  const chosen = Random.seeded(seed).shuffle(predictions).slice(
    0,
    gridPictures,
  );
  return await drawAll(chosen, exif);
}

/** Draws all of the predictions, in their order. */
export async function drawAll(
  predictions: readonly Prediction[],
  exif: boolean,
): Promise<RgbImage | undefined> {
  const decoders = openDecoders({ exif });
  try {
    const cells: GridCell[] = [];
    for (const prediction of predictions) {
      const image = await decodeOrSkip(() => decoders.decode(prediction.file));
      if (image) cells.push(cellOf(prediction, image));
    }
    return cells.length === 0 ? undefined : drawGrid(cells);
  } finally {
    decoders.close();
  }
}

/** A picture that was there a moment ago may be gone: the grid does without. */
async function decodeOrSkip(
  decode: () => Promise<RgbImage>,
): Promise<RgbImage | undefined> {
  try {
    return await decode();
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

function cellOf(
  { label, truth, truthClass, predictedClass, confidence }: Prediction,
  image: RgbImage,
): GridCell {
  const verdict = truthClass === undefined
    ? "unknown"
    : truthClass === predictedClass
    ? "right"
    : "wrong";
  return {
    image,
    label,
    confidence,
    verdict,
    ...verdict === "wrong" && truth !== undefined ? { truth } : {},
  };
}
