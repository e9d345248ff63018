import { readLog, replaceFile } from "../bytes/mod.ts";
import { comparisonSvg } from "../report/mod.ts";
import {
  groupByTest,
  isPlainHead,
  parseTrainingLog,
  readSplit,
  RunFolder,
  type RunRecord,
  type TestGroup,
} from "../run/mod.ts";
import { counted } from "../plural.ts";
import { countsEpochs, stepsPerEpoch } from "../train/mod.ts";
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
      description: "the chart of their loss and accuracy",
    },
  },
  positionals: {
    run: { description: "folders that train made", repeated: true },
  },
  async run({ options, positionals, terminal }) {
    const read: ComparedRecord[] = [];
    for (const path of positionals.run) read.push(await readRun(path));
    const groups = groupByTest(read.map((one) => ({ ...one, run: one.path })));
    for (const [testData, group] of groups.entries()) {
      if (groups.length > 1) {
        if (testData > 0) terminal.line("");
        terminal.line(testedOn(group, groups[0]));
      }
      const members = read.filter(({ path }) => group.runs.includes(path));
      for (const { facts } of members) {
        terminal.event({ event: "run", ...facts, testData });
      }
      terminal.table([header, ...members.map(rowOf)], { right: [3, 4, 5] });
      if (!group.isValidationSame) {
        terminal.warn(
          `${
            group.runs.join(", ")
          } were validated on different photos: compare their test accuracy alone`,
        );
      }
    }
    if (groups.length > 1) {
      terminal.warn(
        "these runs were tested on different photos or classes: their accuracies do not compare from one table to the other",
      );
    }
    await replaceFile(
      options.out,
      comparisonSvg(
        read.map(({ path, log, epochs }) => ({
          name: path,
          ...log,
          ...epochs,
        })),
      ),
    );
    terminal.line(`curves ${options.out}`);
    terminal.event({
      event: "done",
      curves: options.out,
      testData: groups.map(({ runs, labels, pictures, shared }) => ({
        runs,
        labels,
        pictures: pictures ?? null,
        sharedWithFirst: shared ?? null,
      })),
    });
    return exitCodes.success;
  },
});

const header = [
  ...["run", "network", "recipe", "steps", "best validation", "test"],
];

type ComparedRecord = Awaited<ReturnType<typeof readRun>>;

async function readRun(path: string) {
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
  const split = await readSplit(folder);
  const rows = split?.filter(({ split }) => split === "train").length ?? 0;
  const epochs = countsEpochs(record.recipe) && rows > 0
    ? { stepsPerEpoch: stepsPerEpoch(record.recipe, rows) }
    : {};
  return { ...{ path, log, facts, epochs, split }, labels: record.labels };
}

function rowOf({ facts }: ComparedRecord): string[] {
  const { run, network, recipe, steps, bestValidation, test } = facts;
  return [
    ...[run, network, recipe, `${steps}`],
    ...[shown(bestValidation), shown(test)],
  ];
}

/** What the runs of a table were tested on. */
function testedOn(
  { labels, pictures, shared }: TestGroup,
  first: TestGroup,
): string {
  const classes = JSON.stringify(labels) === JSON.stringify(first.labels)
    ? counted(labels.length, "class")
    : counted(labels.length, "other class");
  if (pictures === undefined) return `test photos unknown, ${classes}`;
  const photos = counted(pictures, "photo");
  const common = shared === undefined || labels === first.labels
    ? ""
    : `, ${shared} of them in the first table, too`;
  return `tested on ${photos} of ${classes}${common}`;
}

/** What was trained, in a few words. */
function networkOf(
  { network, model, settings: { views } }: RunRecord,
): string {
  const seen = views ? `, ${counted(views.count, "view")}` : "";
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
