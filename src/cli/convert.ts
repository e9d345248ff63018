import { basename, extname, resolve } from "@std/path";
import { checkReplaceable, replaceFile } from "../bytes/mod.ts";
import { UsageError } from "../errors.ts";
import {
  convertedFormats,
  convertModel,
  locateModel,
  readModelFile,
} from "../features/mod.ts";
import { openStore } from "../store/mod.ts";
import { type Command, defineCommand, exitCodes } from "./command.ts";
import { formatBytes } from "./format.ts";
import type { OptionTable } from "./option_table.ts";
import { layoutOption, modelOptions } from "./options.ts";
import { refuseUnused } from "./unused.ts";

const endings = {
  onnx: ".onnx",
  graphdef: ".pb",
  safetensors: ".safetensors",
} as const satisfies Record<typeof convertedFormats[number], string>;

const options = {
  to: {
    type: "choice",
    choices: convertedFormats,
    required: true,
    description: "the format",
  },
  out: {
    type: "string",
    valueName: "FILE",
    description: "the file to write [the model's name and the format's ending]",
  },
  inputSize: {
    ...modelOptions.inputSize,
    isAdvanced: false,
    description: "height and width of pictures [those in the file]",
  },
  output: {
    type: "string",
    group: "model",
    valueName: "NAME:0",
    description: "the tensor that comes out [the graph's outputs]",
  },
  architecture: { ...modelOptions.architecture, isAdvanced: false },
  layout: layoutOption,
  precision: {
    ...modelOptions.precision,
    group: "output",
    isAdvanced: false,
    description: "how the file holds weights; f16 halves it [f32]",
  },
} as const satisfies OptionTable;

/** `espalier convert FILE --to FORMAT`: a model for another runtime. */
export const convert: Command = defineCommand({
  name: "convert",
  summary: "write a model as ONNX, a frozen graph or safetensors",
  details:
    "The network is written as it is in the file: what it takes and gives are the file's, and pictures are to be scaled as it has it. An ONNX model is of opset 17 and takes any number of pictures. safetensors are the weights alone, by the names and in the layouts of the file. Needs no GPU.",
  examples: [
    { command: "convert net.pb --to onnx", says: "writes net.onnx" },
    {
      command: "convert resnet-50 --to onnx --precision f16",
      says: "a model of the store, at half its size",
    },
    {
      command: "convert net.onnx --to graphdef --out net.pb",
      says: "a frozen graph for TensorFlow",
    },
  ],
  json: true,
  options,
  positionals: {
    model: {
      description:
        "a frozen graph (.pb), an ONNX model (.onnx), weights (.safetensors, .pth, .h5), a model of the store",
    },
  },
  async run({ options: values, given, positionals, terminal }) {
    const { to, out } = values;
    if (to !== "onnx") {
      refuseUnused({ options, given }, [{
        options: ["layout"],
        because: `is of ONNX models, and --to is ${to}`,
      }]);
    }
    if (to === "safetensors") {
      refuseUnused({ options, given }, [{
        options: ["inputSize", "output"],
        because: "is of networks, and safetensors are weights alone",
      }]);
    }
    const location = await locateModel(positionals.model, {
      store: openStore(),
    });
    const { path, name } = location;
    const stem = basename(name, extname(name));
    const target = out ?? `${stem}${endings[to]}`;
    if (resolve(target) === resolve(path)) {
      throw new UsageError(
        `${target} is the model itself: give --out another file`,
      );
    }
    await checkReplaceable(target);
    const file = await readModelFile(location, values);
    const { bytes, notes, tooLarge } = await convertModel(file, values);
    await replaceFile(target, bytes);
    for (const note of [...file.weights?.notes ?? [], ...notes]) {
      terminal.note(note);
    }
    terminal.line(`${target}  ${formatBytes(bytes.length)}`);
    if (tooLarge.length > 0) {
      const names = tooLarge.map((name) => `"${name}"`).join(", ");
      terminal.warn(`f16 holds no more than 65504, and stay f32: ${names}`);
    }
    terminal.event({ event: "done", path: target, bytes: bytes.length });
    return exitCodes.success;
  },
});
