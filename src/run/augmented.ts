/**
 * What augmentation makes of pictures, to be looked at: the first batch of a run.
 *
 * @module
 */
import {
  type Variant,
  variantDecoders,
  type Views,
} from "../features/views.ts";
import { openPixelReaders } from "../image/mod.ts";
import { gridSvg, type PredictedPicture, svgToPng } from "../report/mod.ts";
import { BatchSampler } from "../train/mod.ts";
import { imageShape } from "./network.ts";
import { pictureAddress } from "./predictions.ts";
import { rowsOf } from "./rows.ts";
import type { RunFolder } from "./run_folder.ts";
import type { RunParts } from "./training.ts";

/** Pictures that are drawn at most. */
const maxPictures = 32;

/**
 * Draws `augmented.png`, the pictures of the first batch as the first steps get
 * them, or each in all its views where features are made once, and returns them.
 * Nothing where pictures are learnt as they are.
 *
 * @throws {InputError} if a picture cannot be read again, or the disk refuses
 */
export async function drawAugmented(
  folder: RunFolder,
  parts: RunParts,
): Promise<readonly PredictedPicture[]> {
  const pictures = await augmentedPictures(parts);
  if (pictures.length === 0) return [];
  const { png } = await svgToPng(gridSvg(pictures));
  await folder.write("augmented.png", png);
  return pictures;
}

async function augmentedPictures(
  parts: RunParts,
): Promise<readonly PredictedPicture[]> {
  const { settings: { views }, network: { augmentation } } = parts.record;
  if (augmentation) return await changedPixels(parts);
  return views ? await changedViews(parts, views) : [];
}

/** Rows of the first batch among the training rows. */
function firstBatch(
  { recipe, settings: { seed } }: RunParts["record"],
  count: number,
) {
  const { batch, order } = recipe;
  return BatchSampler.seeded(count, { seed, order, batch }).take(batch);
}

async function changedPixels(
  { record, examples, tools: { model } }: RunParts,
): Promise<readonly PredictedPicture[]> {
  const { network, recipe: { scaleRows }, settings: { seed } } = record;
  const { augmentation, base } = network;
  const shape = imageShape(base, model?.model);
  if (!augmentation || !shape) return [];
  const train = rowsOf(examples, "train", {
    scaleRows,
    augmented: { amounts: augmentation, seed },
  });
  const rows = firstBatch(record, train.count).slice(0, maxPictures);
  const values = await train.read(rows, new Uint32Array(rows.length));
  const [height, width, channels] = shape;
  const size = train.features;
  return await Promise.all(Array.from(rows, (row, at) => {
    const { path, label } = examples.split.records[train.indices[row]];
    const picture = values.subarray(at * size, (at + 1) * size);
    const pixels = rgbOf(picture, channels);
    return shown({ path, label }, { height, width, pixels });
  }));
}

/** Bytes of red, green and blue, of grey pixels or of coloured ones. */
function rgbOf(
  values: Float32Array | Uint8Array,
  channels: number,
): Uint8Array<ArrayBuffer> {
  // Clamped arrays round, others cut off.
  const bytes = new Uint8ClampedArray(values);
  const pixels = new Uint8Array(bytes.length / channels * 3);
  for (const at of pixels.keys()) {
    pixels[at] = bytes[Math.floor(at / 3) * channels + at % 3 % channels];
  }
  return pixels;
}

async function changedViews(
  { record, examples, tools: { model } }: RunParts,
  { count, augmentation }: Views,
): Promise<readonly PredictedPicture[]> {
  if (!model) return [];
  const { seed, exif } = record.settings;
  const { resize } = model.model;
  const { indices } = rowsOf(examples, "train", { scaleRows: false });
  const records = Array.from(
    firstBatch(record, indices.length).slice(
      0,
      Math.max(1, maxPictures / count),
    ),
    (row) => examples.split.records[indices[row]],
  );
  const readers = openPixelReaders({ ...resize, channels: 3 }, { exif });
  try {
    const all = records.flatMap((picture) =>
      Array.from({ length: count }, (_, view) => ({ picture, view }))
    );
    return await Promise.all(all.map(async ({ picture, view }) => {
      const variant: Variant = {
        // The first view is the picture as it is.
        augmentation: view === 0 ? unchanged : augmentation,
        ...{ seed, view },
      };
      const decoders = variantDecoders(readers, { ...resize, variant });
      const image = await decoders.decode(picture.file, picture);
      const { path, label } = picture;
      return shown({ path, label: `${label}, view ${view + 1}` }, image);
    }));
  } finally {
    readers.close();
  }
}

const unchanged: Views["augmentation"] = {
  crop: 0,
  flip: 0,
  scale: 0,
  rotation: 0,
  brightness: 0,
  contrast: 0,
};

async function shown(
  picture: { readonly path: string; readonly label: string },
  image: Parameters<typeof pictureAddress>[0],
): Promise<PredictedPicture> {
  return {
    ...picture,
    // Nobody has predicted it yet.
    confidence: NaN,
    thumbnail: await pictureAddress(image),
  };
}
