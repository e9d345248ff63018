import { exportDifferences, exportGraphDef, openRunModel } from "../run/mod.ts";
import { type Command, defineCommand, exitCodes } from "./command.ts";
import { openStore } from "../store/mod.ts";
import { runModelOptions } from "./options.ts";
import { openRunToUse } from "./session.ts";

// A graph holds its weights in f32, however they are kept on a GPU.
const { precision: _, ...ofTexts } = runModelOptions;

/** `espalier export RUN --to graphdef --out DIR`: the classifier for TensorFlow. */
export const exportRun: Command = defineCommand({
  name: "export",
  summary: "write a trained run as one frozen graph that TensorFlow runs",
  details:
    "retrained_graph.pb takes the bytes of a JPEG at DecodeJpeg/contents:0 and gives probabilities at final_result:0, in the order of labels.txt.",
  examples: [
    {
      command: "export runs/photos-1 --to graphdef --out exported",
      says: "exported/retrained_graph.pb and exported/labels.txt",
    },
  ],
  json: true,
  options: {
    to: {
      type: "choice",
      choices: ["graphdef"],
      default: "graphdef",
      description: "the format",
    },
    out: {
      type: "string",
      valueName: "DIR",
      required: true,
      description: "the folder to write into",
    },
    ...ofTexts,
  },
  positionals: { run: { description: "a folder that train made" } },
  async run({ options, positionals, terminal }) {
    const run = await openRunToUse(positionals.run, terminal);
    const model = await openRunModel(run, {
      store: openStore(),
      request: options,
    });
    const written = await exportGraphDef(run, { model, out: options.out });
    terminal.line(written.graph);
    terminal.line(written.labels);
    for (const { isWarning, message } of exportDifferences(run.record)) {
      if (isWarning) terminal.warn(message);
      else terminal.note(message);
    }
    const { pictures = null } = run.record;
    terminal.event({ event: "done", ...written, pictures });
    return exitCodes.success;
  },
});
