import type { ResolvedModel } from "../features/mod.ts";
import type { PassName } from "../passes/mod.ts";
import type { OptionTable } from "./command.ts";
import type { Terminal } from "./terminal.ts";

/** The options of every command that works with a model; their values go to `resolveModel`. */
export const modelOptions = {
  model: {
    type: "string",
    valueName: "NAME|FILE.pb",
    description: "a model of the store or a frozen graph [the best there is]",
  },
  inputTensor: {
    type: "string",
    valueName: "NAME:0",
    description: "the tensor that is fed [the only placeholder]",
  },
  bottleneckTensor: {
    type: "string",
    valueName: "NAME:0",
    description: "the tensor whose values are the features [the likeliest]",
  },
  inputSize: {
    type: "integer",
    valueName: "PIXELS",
    description: "height and width of the input, where the graph has no resize",
    minimum: 1,
    maximum: 4096,
  },
  mean: {
    type: "number",
    description: "is subtracted from each pixel, where the graph has no resize",
  },
  std: {
    type: "number",
    description: "each pixel is divided by it, where the graph has no resize",
    minimum: 1e-6,
  },
  fold: {
    type: "boolean",
    default: true,
    description: "keep batch norm as its own kernel",
  },
  exif: {
    type: "boolean",
    default: true,
    description: "leave photos as stored, as TensorFlow does",
  },
} as const satisfies OptionTable;

/** The passes that `--no-fold` leaves out. */
export function passesWithout(
  { fold }: { readonly fold: boolean },
): readonly PassName[] {
  return fold ? [] : ["foldBatchNorm"];
}

/** Tells the person watching which model was taken and what to know of it. */
export function noteModel(
  terminal: Terminal,
  { name, path, model, provenance, reason }: ResolvedModel,
): void {
  const why = reason === undefined ? "" : `: ${reason}`;
  terminal.note(`model ${name} (${path})${why}`);
  if (provenance !== undefined) terminal.note(`  ${provenance}`);
  for (const note of model.notes) terminal.note(`  ${note}`);
}
