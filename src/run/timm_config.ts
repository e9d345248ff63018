/**
 * `config.json` beside exported weights, in the form of timm and Hugging Face:
 * what the network is, its classes, and how pictures become its input.
 *
 * @module
 */
import type { Architecture } from "../../models/architecture.ts";
import type { PixelValues, Preprocessing } from "../features/mod.ts";

/** The largest level of a pixel, which timm counts as 1. */
const largestLevel = 255;

/** The text of `config.json`. */
export function timmConfig(
  { id, classifier }: Pick<Architecture, "id" | "classifier">,
  { labels, preprocessing }: {
    readonly labels: readonly string[];
    readonly preprocessing: Preprocessing & { readonly kind: "resize" };
  },
): string {
  const { size, mean, std, channelOrder, resampling } = preprocessing;
  const { filter = "bilinear", shorterSide } = resampling ?? {};
  const config = {
    architecture: id.slice(id.indexOf("/") + 1),
    num_classes: labels.length,
    label_names: labels,
    pretrained_cfg: {
      input_size: [3, size, size],
      interpolation: filter,
      crop_pct: shorterSide === undefined ? 1 : cropShare(size, shorterSide),
      crop_mode: shorterSide === undefined ? "squash" : "center",
      mean: shares(mean),
      std: shares(std),
      ...channelOrder === "bgr" && { channel_order: channelOrder },
      num_classes: labels.length,
      classifier,
    },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** Levels as shares of the largest, for each channel. */
function shares(values: PixelValues): number[] {
  const all = typeof values === "number" ? Array(3).fill(values) : values;
  return all.map((value) => Number((value / largestLevel).toPrecision(8)));
}

/** The share of the shorter side that is kept, of which timm takes `floor(size / share)`. */
function cropShare(size: number, shorterSide: number): number {
  const rounded = Number((size / shorterSide).toFixed(3));
  return Math.floor(size / rounded) === shorterSide
    ? rounded
    : size / (shorterSide + 0.5);
}
