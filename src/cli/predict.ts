import {
  gridKind,
  type Prediction,
  predictPictures,
  writeGrid,
} from "../run/mod.ts";
import { type Command, defineCommand, exitCodes } from "./command.ts";
import { formatPercent } from "./format.ts";
import { runModelOptions } from "./options.ts";
import { openRunToUse, withRunTools } from "./session.ts";

/** `espalier predict RUN PATH...`: what the classifier says of pictures. */
export const predict: Command = defineCommand({
  name: "predict",
  summary: "label photos with a trained run",
  details:
    "The truth, where it is known, is the parent folder, or the label that the file's name begins with.",
  examples: [
    { command: "predict runs/photos-1 new.jpg", says: "one photo" },
    {
      command: "predict runs/photos-1 inbox --grid grid.svg",
      says: "a folder, and a picture of the first 16",
    },
  ],
  json: true,
  options: {
    grid: {
      type: "string",
      valueName: "FILE.svg",
      description: "draw the first 16 photos with their labels, as SVG or PNG",
    },
    ...runModelOptions,
  },
  positionals: {
    run: { description: "a folder that train made" },
    path: { description: "photos, or folders of them", repeated: true },
  },
  async run({ options, positionals, terminal, interruption }) {
    if (options.grid !== undefined) gridKind(options.grid);
    const run = await openRunToUse(positionals.run, terminal);
    const { predictions, skipped } = await withRunTools(run, {
      request: options,
      host: { terminal, interruption },
      work: (tools) => predictPictures(run, positionals.path, tools),
    });
    const rows = predictions.map(({ path, label, confidence, truth }) => {
      terminal.event({ path, label, confidence, truth: truth ?? null });
      return [path, label, formatPercent(confidence), mark({ label, truth })];
    });
    terminal.table(rows, { right: [2] });
    if (options.grid !== undefined) {
      const { exif } = run.record.settings;
      await writeGrid(options.grid, predictions, { exif, watcher: terminal });
    }
    return skipped.length > 0 && predictions.length === 0
      ? exitCodes.failure
      : exitCodes.success;
  },
});

function mark(
  { label, truth }: Pick<Prediction, "label" | "truth">,
): string {
  if (truth === undefined) return "";
  return truth === label ? "right" : `wrong: ${truth}`;
}
