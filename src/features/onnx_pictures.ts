/**
 * What an ONNX model says of its pictures, or a file beside it.
 *
 * @module
 */
import { basename, dirname, join, resolve } from "@std/path";
import * as v from "valibot";
import { parseJson, parseRecord } from "../bytes/record.ts";
import type { OnnxModel } from "../onnx/mod.ts";
import {
  type PicturesBeside,
  picturesBeside,
  type SaidPictures,
} from "./pictures_beside.ts";
import { interpolations } from "./preprocessing.ts";

/** What is said of a model's pictures. */
export interface OnnxPictures extends Pick<PicturesBeside, "said" | "notes"> {
  /** Who says it, for messages; absent where nobody does. */
  readonly source?: string;
  /** Whether the model itself does, which is one that was exported here. */
  readonly isOwn: boolean;
}

/** Where models lie on Hugging Face's hub, below what is said of them. */
const hubFolder = "onnx";

/**
 * What a model that was exported here says itself; else what lies beside its file, or
 * above it, where that is in a folder `onnx`.
 *
 * @throws {InputError} if what is said is not what it may be
 */
export async function onnxPictures(
  { metadata }: OnnxModel,
  { path }: { readonly path: string },
): Promise<OnnxPictures> {
  const resize = metadata.has("espalier") ? metadata.get("resize") : undefined;
  if (resize !== undefined) {
    return {
      ...ownPictures(resize, {
        where: `"resize" in the metadata of "${path}"`,
      }),
      source: "the model's own metadata",
      isOwn: true,
    };
  }
  const own = dirname(resolve(path));
  const folders = basename(own) === hubFolder ? [own, dirname(own)] : [own];
  const notes: string[] = [];
  for (const folder of folders) {
    const { said, file, ...beside } = await picturesBeside(
      join(folder, basename(path)),
      { of: "model" },
    );
    notes.push(...beside.notes);
    if (file === undefined) continue;
    const source = folder === own
      ? `${file} beside the model`
      : `${file} above the folder ${hubFolder}`;
    return { said, notes, source, isOwn: false };
  }
  return { said: {}, notes, isOwn: false };
}

const side = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(4096));

const resizeSchema = v.object({
  height: side,
  width: side,
  alignCorners: v.boolean(),
  halfPixelCenters: v.boolean(),
  dctMethod: v.exactOptional(
    v.picklist(["INTEGER_ACCURATE", "INTEGER_FAST"]),
  ),
  resampling: v.exactOptional(v.object({
    filter: v.picklist(interpolations.filter((one) => one !== "tensorflow")),
    shorterSide: v.exactOptional(
      v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65536)),
    ),
  })),
});

/**
 * How the run that a model was exported from resizes its pictures; the model scales
 * them itself.
 *
 * @param text JSON.
 * @throws {InputError} if it is not what an export writes
 */
export function ownPictures(
  text: string,
  { where }: {
    /** For messages. */
    readonly where: string;
  },
): Pick<OnnxPictures, "said" | "notes"> {
  const source = { where, remedy: "export the run again" };
  const { height, width, alignCorners, halfPixelCenters, ...rest } =
    parseRecord(resizeSchema, parseJson(text, source), source);
  const { filter = "tensorflow", shorterSide } = rest.resampling ?? {};
  const said: SaidPictures = {
    inputSize: height === width ? { value: height } : {
      refusal: `${where} says ${height}x${width}, expected a square`,
    },
    mean: { value: [0] },
    std: { value: [1] },
    interpolation: { value: filter },
    ...rest.resampling && {
      crop: {
        value: shorterSide === undefined
          ? "squash"
          : { kept: height, of: shorterSide },
      },
    },
  };
  const others = [
    ...alignCorners ? ["aligns corners where it resizes pictures"] : [],
    ...halfPixelCenters ? ["resizes pictures by the middles of pixels"] : [],
    ...rest.dctMethod === "INTEGER_FAST" ? ["decodes JPEGs the fast way"] : [],
  ];
  const notes = others.map((other) =>
    `the run that the model was exported from ${other}, which is not done for an ONNX model: features differ a little from that run's`
  );
  return { said, notes };
}
