import { readLog, replaceFile } from "../bytes/mod.ts";
import { type ComparedRun, comparisonSvg } from "../report/mod.ts";
import {
  isPlainHead,
  parseTrainingLog,
  RunFolder,
  type RunRecord,
} from "../run/mod.ts";
import { type Command, defineCommand, exitCodes } from "./command.ts";
import { formatPercent } from "./format.ts";

/** `espalier compare RUN RUN...`: runs side by side. */
export const compare: Command = defineCommand({
  name: "compare",
  summary: "put trained runs side by side: a table and their curves",
  examples: [
    {
      command: "compare runs/shapes-1 runs/shapes-2",
      says: "a table, and comparison.svg",
    },
  ],
  json: true,
  options: {
    out: {
      type: "string",
      valueName: "FILE.svg",
      default: "comparison.svg",
      description: "the chart of their validation loss and accuracy",
    },
  },
  positionals: {
    run: { description: "folders that train made", repeated: true },
  },
  async run({ options, positionals, terminal }) {
    const rows: string[][] = [];
    const compared: ComparedRun[] = [];
    for (const path of positionals.run) {
      const folder = new RunFolder(path);
      const record = await folder.readRecord();
      const log = parseTrainingLog(await readLog(folder.file("log.jsonl")));
      const { validation } = log;
      const best = Math.max(...validation.map(({ accuracy }) => accuracy));
      const facts = {
        run: path,
        network: networkOf(record),
        recipe: record.recipe.name,
        steps: log.train.at(-1)?.step ?? 0,
        bestValidation: validation.length === 0 ? null : best,
        test: testOf(record),
      };
      compared.push({ name: path, validation });
      terminal.event({ event: "run", ...facts });
      rows.push([
        path,
        facts.network,
        facts.recipe,
        `${facts.steps}`,
        shown(facts.bestValidation),
        shown(facts.test),
      ]);
    }
    const header = ["run", "network", "recipe", "steps", "best validation"];
    terminal.table([[...header, "test"], ...rows], { right: [3, 4, 5] });
    await replaceFile(options.out, comparisonSvg(compared));
    terminal.line(`curves ${options.out}`);
    terminal.event({ event: "done", curves: options.out });
    return exitCodes.success;
  },
});

/** What was trained, in a few words. */
function networkOf(
  { network, model, settings: { views } }: RunRecord,
): string {
  const seen = views ? `, ${views.count} views` : "";
  if (isPlainHead(network)) {
    return `dense layer on ${model?.name ?? "features"}${seen}`;
  }
  const { base, mode, hidden } = network;
  const name = base.kind === "native" ? base.name : model?.name ?? "features";
  const head = hidden.length === 0 ? "" : `, dense ${hidden.join(", ")}`;
  return `${name}, ${mode}${head}${seen}`;
}

function testOf({ results }: RunRecord): number | null {
  const test = Object(results?.test);
  return typeof test.accuracy === "number" ? test.accuracy : null;
}

function shown(accuracy: number | null): string {
  return accuracy === null ? "-" : formatPercent(accuracy);
}
