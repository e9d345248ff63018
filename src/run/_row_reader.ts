import { InputError } from "../errors.ts";
import type { ResolvedModel } from "../features/mod.ts";
import { elementCount } from "../graph/mod.ts";
import { imageShape } from "./_network.ts";
import type { RowReader } from "./examples.ts";
import {
  extractFeatures,
  type ExtractionTools,
  extractVariants,
} from "../features/extract_features.ts";
import type { NetworkSettings } from "./network_settings.ts";
import { PixelStore } from "./pixel_store.ts";
import type { Views } from "../features/views.ts";

/** What reading rows works with. */
export type RowTools = Omit<ExtractionTools, "model" | "exif"> & {
  readonly model?: ResolvedModel | undefined;
};

/** Pixels for a network that takes images, else the features of a frozen graph. */
export function rowReader(
  { network, exif, views, seed = 0 }: {
    network?: NetworkSettings | undefined;
    exif: boolean;
    /** In which views training pictures are read [as they are]. */
    views?: Views | undefined;
    /** Decides how views change. */
    seed?: number;
  },
  tools: RowTools,
): RowReader {
  const { model, watcher, signal } = tools;
  const shape = network && imageShape(network.base, model?.model);
  if (shape) {
    const [height, width, channels] = shape;
    const options = {
      shape: { ...model?.model.resize, height, width, channels },
      exif,
      watcher,
      signal,
    };
    return {
      width: elementCount(shape),
      read: async (records) => ({
        features: new Map(),
        ...await PixelStore.read(records, options),
      }),
      readVariants: () => Promise.resolve([]),
    };
  }
  if (!model) {
    throw new InputError("Pictures need a model: name one with --model");
  }
  return {
    width: model.model.width,
    read: (records) => extractFeatures(records, { ...tools, model, exif }),
    readVariants: async (records, { tuning }) =>
      views
        ? await extractVariants(records, {
          ...tools,
          model,
          exif,
          tuning,
          views,
          seed,
        })
        : [],
  };
}
