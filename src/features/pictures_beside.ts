/**
 * What a file beside a model says of the pictures that it was trained with: timm's `config.json`, or Hugging Face's `preprocessor_config.json`.
 *
 * @module
 */
import { dirname, join } from "@std/path";
import * as v from "valibot";
import type { CenterCrop } from "../../models/architecture.ts";
import {
  errorCode,
  fileLimits,
  isJsonObject,
  type JsonObject,
  readRegularText,
} from "../bytes/mod.ts";
import { parseRecord } from "../bytes/record.ts";
import { InputError, messageOf } from "../errors.ts";
import {
  type ChannelOrder,
  channelOrders,
  type Interpolation,
  interpolations,
} from "./preprocessing.ts";

/** What a file says, or why nothing here can do it; the user's flag is over both. */
export type Said<Value> =
  | { readonly value: Value }
  | { readonly refusal: string };

/** What a file says of pictures; what it does not say is absent. */
export interface SaidPictures {
  /** What timm calls the network. */
  readonly architecture?: string;
  /** Height and width of the input, in pixels. */
  readonly inputSize?: Said<number>;
  /** In units of 0 to 255. */
  readonly mean?: Said<readonly number[]>;
  /** In units of 0 to 255. */
  readonly std?: Said<readonly number[]>;
  /** Blue first, where it is. */
  readonly channelOrder?: ChannelOrder;
  /** One of Pillow's, or TensorFlow 1's. */
  readonly interpolation?: Said<Interpolation>;
  /** What is cut out of the middle; pictures are squashed where nothing is. */
  readonly crop?: Said<CenterCrop | "squash">;
}

/** What lies beside a model. */
export interface PicturesBeside {
  /** What the first file that says something says. */
  readonly said: SaidPictures;
  /** That file, for messages; absent if there is none. */
  readonly file?: string;
  /** Files that say nothing, for the user. */
  readonly notes: readonly string[];
}

/** The files that are looked for, first those that are believed first. */
const readers = {
  "config.json": timmPictures,
  "preprocessor_config.json": processorPictures,
} as const satisfies Readonly<Record<string, Reader>>;

/** A file's name in the folder of the model. */
export type BesideName = keyof typeof readers;

/** All there are. */
const besideNames = ["config.json", "preprocessor_config.json"] as const;

/** What a file's object says; undefined where it is about something else. */
type Reader = (json: JsonObject, source: RecordSource) =>
  | SaidPictures
  | undefined;

type RecordSource = Parameters<typeof parseRecord>[2];

/**
 * What the files beside a model's say of pictures.
 *
 * @param options `of` is what the model's file is called in messages.
 * @throws {InputError} if one of them is about pictures, and a value is not what
 * it may be
 */
export async function picturesBeside(
  path: string,
  { of }: { readonly of: "weights" | "model" },
): Promise<PicturesBeside> {
  const notes: string[] = [];
  let named: Pick<SaidPictures, "architecture"> = {};
  for (const name of besideNames) {
    const where = join(dirname(path), name);
    const text = await textIn(where, notes);
    if (text === undefined) continue;
    const parsed = parsePictures(text, { name, where, of });
    if (typeof parsed === "string") {
      notes.push(parsed);
      continue;
    }
    const { architecture, ...pictures } = parsed;
    named = { ...architecture !== undefined && { architecture }, ...named };
    if (Object.keys(pictures).length > 0) {
      return { said: { ...pictures, ...named }, file: name, notes };
    }
  }
  return { said: named, notes };
}

/** A file's text, if it is there; a note if it is none that is read. */
async function textIn(
  file: string,
  notes: string[],
): Promise<string | undefined> {
  try {
    return await readRegularText(file, fileLimits.record);
  } catch (error) {
    const isGone = error instanceof InputError &&
      errorCode(error.cause) === "ENOENT";
    if (!isGone) notes.push(`${messageOf(error)}; it is passed over`);
    return undefined;
  }
}

/**
 * What a file's text says of pictures, or for the user why it says nothing.
 *
 * @throws {InputError} if it is about pictures, and a value is not what it may be
 */
export function parsePictures(
  text: string,
  { name, where, of = "weights" }: {
    readonly name: BesideName;
    /** For messages. */
    readonly where: string;
    /** What it lies beside [weights]. */
    readonly of?: "weights" | "model";
  },
): SaidPictures | string {
  const json = jsonIn(text);
  if (!isJsonObject(json)) {
    return `${name} beside the ${of} is not JSON of an object, and is passed over`;
  }
  const remedy = `mend it, or move it away from the ${of}`;
  return readers[name](json, { where, remedy }) ??
    `${name} beside the ${of} says nothing of pictures, and is passed over`;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const number = v.pipe(v.number(), v.finite());
const texts = v.pipe(v.string(), v.maxLength(100));
const channelValues = v.pipe(v.array(number), v.minLength(1));

/**
 * What only espalier writes into timm's `config.json`, and reads: that of pictures
 * for which timm has no word.
 */
export interface OwnPictures {
  /** Holds while timm's is "bilinear", the nearest that it has, and pictures are squashed. */
  readonly interpolation?: Interpolation;
  /** In which order the network takes colours. */
  readonly channel_order?: ChannelOrder;
}

const ownSchema = v.object({
  interpolation: v.exactOptional(v.picklist(interpolations)),
  channel_order: v.exactOptional(v.picklist(channelOrders)),
});

const timmSchema = v.object({
  input_size: v.nullish(v.array(number)),
  mean: v.nullish(channelValues),
  std: v.nullish(channelValues),
  interpolation: v.nullish(texts),
  crop_pct: v.nullish(number),
  crop_mode: v.nullish(texts),
});

/**
 * timm's, as `resolve_data_config` reads it: the size to train with, where there
 * is another to test with. In its oldest form all is outside `pretrained_cfg`.
 */
function timmPictures(
  json: JsonObject,
  source: RecordSource,
): SaidPictures | undefined {
  const { architecture, pretrained_cfg, default_cfg } = json;
  const nested = pretrained_cfg ?? default_cfg;
  if (typeof architecture !== "string" && !isJsonObject(nested)) {
    return undefined;
  }
  const { input_size, mean, std, interpolation, crop_pct, crop_mode } =
    parseRecord(timmSchema, isJsonObject(nested) ? nested : json, source);
  const { espalier } = parseRecord(
    v.object({ espalier: v.nullish(ownSchema) }),
    json,
    source,
  );
  const isOwn = interpolation === "bilinear" && crop_mode === "squash";
  const says = `${source.where} says`;
  return {
    ...typeof architecture === "string" && { architecture },
    ...input_size && {
      inputSize: squareSize(input_size.slice(-2), `${says} input_size`),
    },
    ...mean && { mean: ofBytes(mean, { says: `${says} mean` }) },
    ...std && { std: ofBytes(std, { says: `${says} std`, isDivisor: true }) },
    ...interpolation && {
      interpolation: isOwn && espalier?.interpolation
        ? { value: espalier.interpolation }
        : filterOf(interpolation, `${says} interpolation`),
    },
    ...espalier?.channel_order && { channelOrder: espalier.channel_order },
    ...(crop_pct || crop_mode) && {
      crop: timmCrop({ crop_pct, crop_mode }, says),
    },
  };
}

/** timm's own where only one of both is said. */
function timmCrop(
  { crop_pct, crop_mode }: Pick<
    v.InferOutput<typeof timmSchema>,
    "crop_pct" | "crop_mode"
  >,
  says: string,
): Said<CenterCrop | "squash"> {
  const kept = crop_pct || 0.875;
  const mode = crop_mode || "center";
  if (!(kept > 0 && kept <= 1)) {
    return {
      refusal:
        `${says} crop_pct ${kept}, expected a share above 0 to 1: give --crop-pct`,
    };
  }
  if (mode === "center") return { value: { kept, of: 1 } };
  if (mode === "squash" && kept === 1) return { value: "squash" };
  return {
    refusal: `${says} crop_mode "${mode}"${
      mode === "squash" ? ` and crop_pct ${kept}` : ""
    }, which is not done here: give --crop-mode center or squash`,
  };
}

/** A length, or two that may have names. */
const lengths = v.union([
  number,
  v.object({
    shortest_edge: v.exactOptional(number),
    height: v.exactOptional(number),
    width: v.exactOptional(number),
  }),
]);
const perChannel = v.union([number, channelValues]);

const processorSchema = v.object({
  image_processor_type: v.nullish(texts),
  feature_extractor_type: v.nullish(texts),
  do_resize: v.nullish(v.boolean()),
  size: v.nullish(lengths),
  resample: v.nullish(v.union([number, texts])),
  do_center_crop: v.nullish(v.boolean()),
  crop_size: v.nullish(lengths),
  crop_pct: v.nullish(number),
  do_rescale: v.nullish(v.boolean()),
  rescale_factor: v.nullish(number),
  rescale_offset: v.nullish(v.boolean()),
  do_normalize: v.nullish(v.boolean()),
  image_mean: v.nullish(perChannel),
  image_std: v.nullish(perChannel),
  do_flip_channel_order: v.nullish(v.boolean()),
});

type Processor = v.InferOutput<typeof processorSchema>;

/** Hugging Face's, of those processors that resize, cut out, scale and shift. */
function processorPictures(
  json: JsonObject,
  source: RecordSource,
): SaidPictures | undefined {
  const isKnown = Object.keys(processorSchema.entries).some((key) =>
    json[key] !== undefined
  );
  if (!isKnown) return undefined;
  const processor = parseRecord(processorSchema, json, source);
  const says = `${source.where} says`;
  const { resample, do_flip_channel_order } = processor;
  return {
    ...processorScaling(processor, says),
    ...do_flip_channel_order && { channelOrder: "bgr" },
    ...resample !== undefined && resample !== null && {
      interpolation: filterOf(
        typeof resample === "number" ? pillowFilters[resample] : resample,
        `${says} resample`,
      ),
    },
    ...processorSize(processor, says),
  };
}

/** Pillow's numbers of filters. */
const pillowFilters: readonly string[] = [
  ...["nearest", "lanczos", "bilinear", "bicubic", "box", "hamming"],
];

/** `(pixel * factor - mean) / std`, as `(pixel - mean) / std`. */
function processorScaling(
  { do_rescale, rescale_factor, rescale_offset, ...processor }: Processor,
  says: string,
): Pick<SaidPictures, "mean" | "std"> {
  const { do_normalize, image_mean, image_std } = processor;
  const isScaled = do_normalize !== true &&
    (do_normalize ?? do_rescale ?? rescale_factor ?? undefined) !== undefined;
  const isSaid = (image_mean ?? image_std ?? undefined) !== undefined;
  if (!isScaled && !isSaid) return {};
  if (rescale_offset) {
    const refusal =
      `${says} rescale_offset, which is not done here: give --mean and --std`;
    return { mean: { refusal }, std: { refusal } };
  }
  const factor = do_rescale === false ? 1 : rescale_factor ?? 1 / 255;
  // 1 / 255 as JSON has it; the quotient is 255 to the last digit then.
  const unit = Number((1 / factor).toPrecision(12));
  const isNormal = do_normalize !== false;
  const [mean, std] = [[image_mean, 0], [image_std, 1]].map(([said, none]) => {
    const values = isNormal ? said ?? none : none;
    return Array.isArray(values) ? values : [Number(values)];
  });
  return {
    mean: ofBytes(mean, { unit, says: `${says} image_mean` }),
    std: ofBytes(std, { unit, says: `${says} image_std`, isDivisor: true }),
  };
}

/** Of how many pixels a side the input is, and what is done to get there. */
function processorSize(
  processor: Processor,
  says: string,
): Pick<SaidPictures, "inputSize" | "crop"> {
  const { do_resize, size, do_center_crop, crop_size } = processor;
  if (do_resize === false) {
    return {
      crop: {
        refusal:
          `${says} do_resize false, and pictures of all sizes have to become one: give --crop-mode center or squash`,
      },
    };
  }
  if (size === undefined || size === null) return {};
  const isCut = do_center_crop ?? (crop_size ?? undefined) !== undefined;
  const cut = isCut ? crop_size ?? size : undefined;
  const pct = processor.crop_pct ?? (isConvNext(processor) ? 224 / 256 : null);
  const edge = typeof size === "number"
    ? cut === undefined && pct === null ? undefined : size
    : size.shortest_edge;
  if (edge === undefined) {
    const inputSize = squareSize(sidesOf(size), `${says} size`);
    const isSame = cut === undefined ||
      String(sidesOf(cut)) === String(sidesOf(size));
    return {
      inputSize,
      crop: isSame ? { value: "squash" } : {
        refusal:
          `${says} that pictures are squashed and their middle is cut out, which is not done here: give --crop-mode center or squash`,
      },
    };
  }
  if (cut !== undefined) {
    const inputSize = squareSize(sidesOf(cut), `${says} crop_size`);
    if ("refusal" in inputSize) return { inputSize };
    return { inputSize, crop: cutOut(inputSize.value, { edge, says }) };
  }
  const inputSize = squareSize([edge, edge], `${says} size`);
  if (pct === null) {
    return {
      inputSize,
      crop: {
        refusal:
          `${says} how long the shorter side becomes, and of the longer one nothing: give --crop-mode center or squash`,
      },
    };
  }
  // Hugging Face's ConvNext squashes large pictures, and so do those that take its processor.
  if (edge >= 384) return { inputSize, crop: { value: "squash" } };
  const side = Math.trunc(edge / pct);
  return { inputSize, crop: cutOut(edge, { edge: side, says }) };
}

function isConvNext(
  { image_processor_type, feature_extractor_type }: Processor,
): boolean {
  return (image_processor_type ?? feature_extractor_type ?? "")
    .startsWith("ConvNext");
}

/** So much of a shorter side. */
function cutOut(
  kept: number,
  { edge, says }: { readonly edge: number; readonly says: string },
): Said<CenterCrop> {
  if (edge >= kept) return { value: { kept, of: edge } };
  return {
    refusal:
      `${says} that ${kept} pixels are cut out of ${edge}, which is not done here: give --crop-mode center or squash`,
  };
}

function sidesOf(
  size: v.InferOutput<typeof lengths>,
): readonly (number | undefined)[] {
  if (typeof size === "number") return [size, size];
  const { shortest_edge, height = shortest_edge, width = shortest_edge } = size;
  return [height, width];
}

/** Height and width that are the same. */
function squareSize(
  sides: readonly (number | undefined)[],
  says: string,
): Said<number> {
  const [height, width] = sides;
  const isSize = Number.isInteger(height) && Number(height) >= 1 &&
    Number(height) <= 4096;
  if (height !== undefined && height === width && isSize) {
    return { value: height };
  }
  return {
    refusal: `${says} ${
      sides.join("x") || "nothing"
    }, expected a square of 1 to 4096 pixels a side: give --input-size`,
  };
}

/** Values for pixels of 0 to 255, of which `unit` are 1. */
function ofBytes(
  values: readonly number[],
  { unit = 255, says, isDivisor = false }: {
    readonly unit?: number;
    readonly says: string;
    readonly isDivisor?: boolean;
  },
): Said<readonly number[]> {
  // As decimals: 0.224 * 255 has a digit too many otherwise.
  const scaled = values.map((value) => Number((value * unit).toPrecision(9)));
  const isUsable = [1, 3].includes(values.length) &&
    scaled.every((value) => {
      const single = Math.fround(value);
      return Number.isFinite(single) && (!isDivisor || single > 0);
    });
  if (isUsable) return { value: scaled };
  return {
    refusal: `${says} ${values.slice(0, 4).join(", ")}, expected a number${
      isDivisor ? " above 0" : ""
    } for each of 3 channels: give ${isDivisor ? "--std" : "--mean"}`,
  };
}

function filterOf(
  name: string | undefined,
  says: string,
): Said<"bilinear" | "bicubic"> {
  if (name === "bilinear" || name === "bicubic") return { value: name };
  return {
    refusal:
      `${says} "${name}", which is not done here: give --interpolation bilinear or bicubic`,
  };
}
