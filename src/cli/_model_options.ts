import { channelOrders, type ResolvedModel } from "../features/mod.ts";
import { UsageError } from "../errors.ts";
import type { Tuner } from "../tune/mod.ts";
import { tuningFolder } from "./_tools.ts";
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
    type: "numbers",
    valueName: "X|R,G,B",
    description: "is subtracted from each pixel, where the graph has no resize",
  },
  std: {
    type: "numbers",
    valueName: "X|R,G,B",
    description: "each pixel is divided by it, where the graph has no resize",
    minimum: 1e-6,
  },
  channelOrder: {
    type: "choice",
    choices: channelOrders,
    description: "bgr for graphs from Caffe, as Keras's ResNet-50 and VGG16",
  },
  precision: {
    type: "choice",
    choices: ["f32", "f16"],
    description:
      "how weights are kept on the GPU; f16 takes half the memory [f32]",
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
  tune: {
    type: "boolean",
    default: true,
    description: "take the preset kernels, also where others were measured",
  },
  retune: {
    type: "boolean",
    description: "measure which kernels are fastest here, 20 s at most",
  },
} as const satisfies OptionTable;

/** The passes that `--no-fold` leaves out. */
export function passesWithout(
  { fold }: { readonly fold: boolean },
): readonly PassName[] {
  return fold ? [] : ["foldBatchNorm"];
}

/** What `--no-tune` and `--retune` ask for; else tables are read, and made on the first long job. */
export function tunerOf(
  { tune, retune }: { readonly tune: boolean; readonly retune: boolean },
): Tuner | undefined {
  if (tune) return { folder: tuningFolder(), mode: retune ? "again" : "auto" };
  if (!retune) return undefined;
  throw new UsageError("--no-tune and --retune exclude each other: give one");
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
