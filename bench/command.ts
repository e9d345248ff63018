/**
 * `espalier bench`: runs the parts that are asked for, prints and keeps rows.
 *
 * @module
 */
import { replaceFile } from "../src/bytes/mod.ts";
import { type Command, defineCommand, exitCodes } from "../src/cli/command.ts";
import type { OptionTable } from "../src/cli/option_table.ts";
import { refuseUnused, type Unused } from "../src/cli/unused.ts";
import { didYouMean } from "../src/suggest.ts";
import { UsageError } from "../src/errors.ts";
import { openLocalSession } from "../src/gpu/local_session.ts";
import {
  historyPath,
  historyWord,
  type KeptResults,
  newestOf,
  readHistory,
} from "./history.ts";
import { judge } from "./judge.ts";
import { describeMachine, readCommit } from "./machine.ts";
import {
  readResults,
  type Results,
  type Row,
  type SectionName,
  sectionNames,
} from "./results.ts";
import { defaultNets, netNames } from "./nets.ts";
import { defaultPeerNets, peerNames } from "./peers/known_peers.ts";
import { roofline } from "./roofline.ts";
import { notesOf, spreadOf, valueOf } from "./row_text.ts";
import type { Section } from "./section.ts";
import { sections } from "./sections.ts";

const benchOptions = {
  json: {
    type: "string",
    valueName: "FILE",
    description:
      "keep the results in this file; history: in bench/history, by date, commit and adapter",
  },
  compare: {
    type: "string",
    valueName: "OLD.json",
    description:
      "print ratios to earlier results, exit 3 on a regression; history: to the newest of this adapter",
  },
  rounds: {
    type: "integer",
    description: "samples of each row",
    default: 3,
    minimum: 1,
    maximum: 1000,
  },
  tune: {
    type: "boolean",
    description: "measure which kernels are fastest, and keep the table",
  },
  net: {
    type: "string",
    valueName: "NAME|FILE|BUILDER[,...]",
    description:
      `with model and peers: the nets that are measured, such as resnet-50, my.pb or small-cnn [model: ${
        defaultNets.join(", ")
      }; peers: ${defaultPeerNets.join(", ")}]`,
  },
  peer: {
    type: "string",
    valueName: "NAME[,...]",
    description: `with peers: which of ${
      peerNames.join(", ")
    } [all but burn, which cargo builds in a quarter of an hour]`,
  },
  profile: {
    type: "boolean",
    description: "with model: print every dispatch, not only the slowest",
  },
  precision: {
    type: "choice",
    choices: ["f32", "f16"],
    description: "with model: f16 measures that beside f32, speed and accuracy",
    default: "f32",
  },
  python: {
    type: "string",
    valueName: "PATH",
    description: "with peers: a Python that may have TensorFlow",
    default: "python3",
  },
} as const satisfies OptionTable;

/** The benchmark as a command. */
export const bench: Command = defineCommand({
  name: "bench",
  summary: "measure the adapter, the kernels, whole models and other engines",
  details:
    `Parts: ${
      sectionNames.join(", ")
    }. Without any, all of them run in this order but for tuning and growth, which takes minutes. kernels and model say shares of the ceiling, which roofline measures first. peers takes longest, about half an hour: name engines and nets for less.\n` +
    "Run it on an idle machine. Ratios of one run mean more than its numbers.",
  examples: [
    {
      command: "bench --tune",
      says: "which kernels are fastest here; extract, train and bench use them",
    },
    { command: "bench roofline", says: "what the adapter can do at most" },
    {
      command: "bench model --net mobilenet-v2,my.onnx",
      says: "images a second of these nets, and their slowest layers",
    },
    {
      command: "bench kernels --json mine.json",
      says: "each kernel beside that ceiling, kept in a file",
    },
    {
      command: "bench peers --peer keras,jax-js --net small-cnn",
      says: "how fast two other engines train a small network, beside ours",
    },
    {
      command: "bench model --compare history",
      says: "exits with 3 if something became slower than it was",
    },
  ],
  options: benchOptions,
  positionals: {
    parts: {
      description: "parts to run [all]",
      optional: true,
      repeated: true,
    },
  },
  async run({ options, given, positionals, terminal, interruption }) {
    const chosen = chooseSections(positionals.parts ?? [], options);
    refuseUnused({ options: benchOptions, given }, unusedWithout(chosen));
    const nets = options.net === undefined ? undefined : netNames(options.net);
    const known = options.compare === undefined
      ? undefined
      : await readKnown(options.compare);
    const head = await describeRun();
    const before = known && beforeOf(known, head.adapter.description);
    const json = options.json === historyWord
      ? await historyPath(head)
      : options.json;
    const rows: Row[] = [];
    terminal.note(`on ${head.adapter.description}, ${options.rounds} rounds`);
    try {
      for (const section of chosen) {
        await section.run({
          terminal,
          rows,
          ...options,
          nets,
          signal: interruption.signal,
          add(row) {
            rows.push(row);
            terminal.line(lineOf(row));
          },
        });
      }
    } finally {
      // What was measured before Ctrl-C or a failure is worth keeping, too.
      if (json !== undefined) {
        const results: Results = { ...head, rows };
        await replaceFile(json, `${JSON.stringify(results, null, 1)}\n`);
        terminal.note(`results are in ${json}`);
      }
    }
    if (before) judge({ before, after: { ...head, rows } }, terminal);
    return exitCodes.success;
  },
});

/** Reads what `--compare` names before anything is measured. */
async function readKnown(
  name: string,
): Promise<Results | readonly KeptResults[]> {
  return name === historyWord ? await readHistory() : await readResults(name);
}

function beforeOf(
  known: Results | readonly KeptResults[],
  adapter: string,
): Results {
  return "rows" in known ? known : newestOf(known, adapter).results;
}

/** Options that decide nothing where none of their parts runs. */
const optionParts: readonly {
  readonly option: keyof typeof benchOptions;
  readonly parts: readonly SectionName[];
}[] = [
  { option: "net", parts: ["model", "peers"] },
  { option: "profile", parts: ["model"] },
  { option: "precision", parts: ["model"] },
  { option: "peer", parts: ["peers"] },
  { option: "python", parts: ["peers"] },
];

function unusedWithout(
  chosen: readonly Section[],
): Unused<typeof benchOptions>[] {
  return optionParts
    .filter(({ parts }) => !chosen.some(({ name }) => parts.includes(name)))
    .map(({ option, parts }) => ({
      options: [option],
      because: `is of ${parts.join(" and ")}, and bench runs ${
        chosen.map(({ name }) => name).join(" and ")
      } alone`,
    }));
}

function chooseSections(
  parts: readonly string[],
  { tune }: { tune: boolean },
): readonly Section[] {
  const names = tune ? ["tuning", ...parts] : parts;
  for (const name of names) {
    if (sections.some((section) => section.name === name)) continue;
    throw new UsageError(
      `bench has no part "${name}", expected ${
        sectionNames.join(", ")
      } or nothing for all` + didYouMean(name, { known: sectionNames }),
    );
  }
  const isChosen = ({ name, isOnRequest = false }: Section) =>
    names.length === 0 ? !isOnRequest : names.includes(name);
  const needsCeiling = sections.some((section) =>
    isChosen(section) && section.isBesideCeiling
  );
  return sections.filter((section) =>
    isChosen(section) || needsCeiling && section === roofline
  );
}

async function describeRun(): Promise<Omit<Results, "rows">> {
  const session = await openLocalSession();
  const { adapter } = session;
  await session.close();
  return {
    format: "espalier-bench",
    version: 1,
    date: new Date().toISOString(),
    deno: Deno.version.deno,
    commit: await readCommit(new URL("../", import.meta.url)),
    machine: await describeMachine(),
    adapter,
  };
}

function lineOf(row: Row): string {
  const notes = notesOf(row);
  return [
    row.section.padEnd(8),
    ` ${row.name}: ${valueOf(row)}`,
    spreadOf(row),
    notes === "" ? "" : ` (${notes})`,
  ].filter((part) => part !== "").join(" ");
}
