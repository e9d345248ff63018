import {
  differenceOfHalves,
  type ExportDifference,
  exportDifferences,
  exportGraphDef,
  exportOnnx,
  exportPortableRun,
  exportSafetensors,
  type OnnxExportOptions,
  onnxSources,
  type OpenedRun,
  openRunModel,
  uprightDifferences,
} from "../run/mod.ts";
import { type Command, defineCommand, exitCodes } from "./command.ts";
import type { OptionTable } from "./option_table.ts";
import { openStore } from "../store/mod.ts";
import { layoutOption, runModelOptions } from "./options.ts";
import { refuseUnused } from "./unused.ts";
import { openRunToUse } from "./session.ts";

// Here it is the file's, whatever is computed with.
const { precision: ofGpu, ...ofTexts } = runModelOptions;

/** What can be written. */
const formats = ["graphdef", "onnx", "safetensors", "run"] as const;

const options = {
  to: {
    type: "choice",
    choices: formats,
    default: "graphdef",
    description: "the format",
  },
  out: {
    type: "string",
    valueName: "DIR",
    required: true,
    description: "the folder to write into, or a file .onnx",
  },
  ...ofTexts,
  precision: {
    ...ofGpu,
    group: "output",
    description: "how the file holds weights; f16 halves it [f32]",
  },
  layout: layoutOption,
  from: {
    type: "choice",
    group: "output",
    choices: onnxSources,
    description:
      "what an ONNX model takes: pixels of its size, or u8 of any [pixels]",
  },
} as const satisfies OptionTable;

/** Paths by what they are, in the order they are printed, and what to know of them. */
interface Written {
  readonly paths: Readonly<Record<string, string>>;
  readonly differences: readonly ExportDifference[];
  /** Tensors that f16 does not hold. */
  readonly tooLarge: readonly string[];
}

/** `espalier export RUN --to FORMAT --out DIR`: what was trained, for others. */
export const exportRun: Command = defineCommand({
  name: "export",
  summary: "write a trained run for TensorFlow, PyTorch or another machine",
  details:
    "graphdef: retrained_graph.pb takes the bytes of a JPEG at DecodeJpeg/contents:0 and gives probabilities at final_result:0, in the order of labels.txt. onnx: model.onnx, or the file that --out names, takes f32 pixels 0 to 255 in RGB of the model's size, (n, 3, h, w), and gives probabilities (n, classes); with --from u8 the bytes (h, w, 3) of one picture of any size, which it resizes as espalier does; labels are in its metadata. safetensors: model.safetensors has the names of the framework that the network is from, and config.json is timm's. run: a folder for predict, eval and export, with the model's file in it.",
  examples: [
    {
      command: "export runs/photos-1 --to graphdef --out exported",
      says: "exported/retrained_graph.pb and exported/labels.txt",
    },
    {
      command: "export runs/photos-1 --to onnx --from u8 --out flowers.onnx",
      says: "one file, for onnxruntime in any language and in browsers",
    },
    {
      command: "export runs/photos-1 --to safetensors --out exported",
      says: "exported/model.safetensors, for load_state_dict()",
    },
    {
      command: "export runs/photos-1 --to run --out classifier",
      says: "a folder that predicts anywhere: espalier predict classifier",
    },
  ],
  json: true,
  options,
  positionals: { run: { description: "a folder that train made" } },
  async run({ options: values, given, positionals, terminal }) {
    const { to, out, precision, layout, from, ...request } = values;
    refuseUnused({ options, given }, [
      ...to === "onnx" ? [] : [{
        options: ["layout", "from"] as const,
        because: `is of ONNX models, and --to is ${to}`,
      }],
      ...from === "u8"
        ? [{
          options: ["layout"] as const,
          because: "is of pixels, and bytes of pictures are (h, w, 3)",
        }]
        : [],
    ]);
    const run = await openRunToUse(positionals.run, terminal);
    const model = await openRunModel(run, {
      store: openStore(),
      request,
    });
    const asked = { to, model, out, precision, layout, from };
    const { paths, differences, tooLarge } = await written(run, asked);
    for (const path of Object.values(paths)) terminal.line(path);
    for (const { isWarning, message } of differences) {
      if (isWarning) terminal.warn(message);
      else terminal.note(message);
    }
    if (tooLarge.length > 0) {
      const names = tooLarge.map((name) => `"${name}"`).join(", ");
      terminal.warn(`f16 holds no more than 65504, and stay f32: ${names}`);
    }
    const difference = precision === "f16"
      ? await differenceOfHalves(run, model)
      : undefined;
    if (difference !== undefined) {
      terminal.note(
        `f16 moves probabilities by ${
          difference.toPrecision(2)
        } at most, on 4 drawn pictures`,
      );
    }
    const { pictures = null } = run.record;
    terminal.event({
      ...{ event: "done", ...paths, pictures },
      ...difference !== undefined && { difference },
    });
    return exitCodes.success;
  },
});

async function written(
  run: OpenedRun,
  { to, ...options }: {
    readonly to: typeof formats[number];
  } & OnnxExportOptions,
): Promise<Written> {
  switch (to) {
    case "graphdef": {
      const { tooLarge, ...paths } = await exportGraphDef(run, options);
      const differences = exportDifferences(run.record);
      return { paths, differences, tooLarge };
    }
    case "onnx": {
      const { tooLarge, ...paths } = await exportOnnx(run, options);
      const differences = uprightDifferences(run.record);
      return { paths, differences, tooLarge };
    }
    case "safetensors": {
      const { differences, tooLarge, ...paths } = await exportSafetensors(
        run,
        options,
      );
      return { paths, differences, tooLarge };
    }
    case "run": {
      const { tooLarge, ...paths } = await exportPortableRun(run, options);
      return { paths, differences: [], tooLarge };
    }
    default:
      return to satisfies never;
  }
}
