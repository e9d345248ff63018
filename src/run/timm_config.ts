/**
 * `config.json` beside exported weights, in the form of timm and Hugging Face:
 * what the network is, its classes, and how pictures become its input.
 *
 * @module
 */
import type { Architecture } from "../../models/architecture.ts";
import type {
  OwnPictures,
  PixelValues,
  Preprocessing,
} from "../features/mod.ts";
import type { ExportDifference } from "./export_differences.ts";

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
  const own: OwnPictures = {
    ...!resampling && { interpolation: "tensorflow" },
    ...channelOrder && { channel_order: channelOrder },
  };
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
      num_classes: labels.length,
      classifier,
    },
    // timm refuses a word that it does not know among those above.
    ...Object.keys(own).length > 0 && { espalier: own },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** What timm makes otherwise of pictures, where it loads such weights at all. */
export function timmDifferences(
  { layout }: Pick<Architecture, "layout">,
  { resampling, channelOrder }: Preprocessing & { readonly kind: "resize" },
): ExportDifference[] {
  if (layout !== "torch") return [];
  const isWarning = true;
  const differences: ExportDifference[] = [];
  if (!resampling) {
    const message =
      `timm has no word for TensorFlow 1's resize, by which this run squashed its pictures: config.json says "bilinear" to it, which smooths large pictures, and the same photo may get another label there; train with --interpolation bilinear for the same pixels in both`;
    differences.push({ isWarning, message });
  }
  if (channelOrder === "bgr") {
    const message =
      "this run takes blue first, for which timm has no word: give it pictures with their channels turned";
    differences.push({ isWarning, message });
  }
  return differences;
}

/** Levels as shares of the largest, for each channel. */
function shares(values: PixelValues): number[] {
  const all = typeof values === "number" ? Array(3).fill(values) : values;
  return all.map((value) => {
    const share = value / largestLevel;
    const short = Number(share.toPrecision(8));
    // Read again, it has to be the same level.
    return Number((short * largestLevel).toPrecision(9)) === value
      ? short
      : share;
  });
}

/** The share of the shorter side that is kept, of which timm takes `floor(size / share)`. */
function cropShare(size: number, shorterSide: number): number {
  const rounded = Number((size / shorterSide).toFixed(3));
  return Math.floor(size / rounded) === shorterSide
    ? rounded
    : size / (shorterSide + 0.5);
}
