/**
 * How pictures become a network's input where flags, a file or the network say it.
 *
 * @module
 */
import type { Resizing } from "../../models/architecture.ts";
import { UsageError } from "../errors.ts";
import type { Said, SaidPictures } from "./pictures_beside.ts";
import type { ModelOptions, Preprocessing } from "./preprocessing.ts";

/**
 * What is said.
 *
 * @throws {UsageError} if it is what is not done here
 */
export function valueOf<Value>(
  said: Said<Value> | undefined,
): Value | undefined {
  if (said === undefined || "value" in said) return said?.value;
  throw new UsageError(said.refusal);
}

/**
 * How pictures come to size, as far as the flags, which are read later, leave it
 * open: as a file says, else as is usual.
 *
 * @throws {UsageError} if that file asks for what is not done here
 */
export function resizingOf(
  { interpolation, cropMode, cropPct }: ModelOptions,
  { said, usual }: { readonly said: SaidPictures; readonly usual: Resizing },
): Resizing {
  if (interpolation === "tensorflow") return { interpolation };
  const isFitted = (cropMode ?? cropPct) !== undefined;
  const isMoot = isFitted && said.crop && "refusal" in said.crop;
  const cropSaid = isMoot ? undefined : valueOf(said.crop);
  // A file that says a crop is of Pillow's ways, whatever the network is of.
  const other = cropSaid && usual.interpolation === "tensorflow"
    ? "bilinear"
    : usual.interpolation;
  const filter = interpolation ?? valueOf(said.interpolation) ?? other;
  if (filter === "tensorflow") return { interpolation: filter };
  const crop = cropSaid ?? ("crop" in usual ? usual.crop : undefined);
  return {
    interpolation: filter,
    ...crop && crop !== "squash" && { crop },
  };
}

/** How pictures become a network's input, and who says so, for the user: the flags that are there, then `sources`. */
export function picturesNote(
  { size, mean, std, channelOrder, resampling }: Preprocessing & {
    kind: "resize";
  },
  { request, sources }: {
    readonly request: ModelOptions;
    readonly sources: readonly string[];
  },
): string {
  const { inputSize, interpolation, cropMode, cropPct } = request;
  const flags = [
    ...[inputSize, request.mean, request.std, request.channelOrder],
    ...[interpolation, cropMode, cropPct],
  ];
  const isFlagged = flags.some((value) => value !== undefined);
  const whole = `${size}x${size}`;
  const { filter, shorterSide } = resampling ?? {};
  const fitted = shorterSide === undefined
    ? `squashed to ${whole}`
    : `their shorter side made ${shorterSide}, the middle ${whole} taken`;
  const all = [...isFlagged ? ["the flags"] : [], ...sources];
  return `pictures: ${fitted} (${
    filter ?? "TensorFlow 1's resize"
  }), (pixel - ${mean}) / ${std}${
    channelOrder === "bgr" ? ", blue first" : ""
  }, as ${all.join(", then ")} ${all.length > 1 ? "have" : "has"} it`;
}
