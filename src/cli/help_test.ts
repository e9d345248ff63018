import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import { commands } from "./commands.ts";
import type { CommandFacts } from "./option_table.ts";
import { commandHelp, mainHelp } from "./help.ts";

const train: CommandFacts = {
  name: "train",
  summary: "train a classifier on a folder of photos",
  details: "DATA holds one folder a class.",
  examples: [
    { command: "train photos --steps 500", says: "a short run" },
    { command: "train photos --steps 500 --rate 0.1", says: "a faster one" },
  ],
  json: true,
  options: {
    feed: {
      type: "string",
      group: "data",
      valueName: "NAME=FILE",
      description: "an input",
      multiple: true,
      required: true,
    },
    exif: {
      type: "boolean",
      group: "data",
      isAdvanced: true,
      description: "turn photos",
    },
    fold: {
      type: "boolean",
      group: "model",
      isAdvanced: true,
      description: "keep batch norm as its own kernel",
      default: true,
    },
    rate: {
      type: "number",
      group: "training",
      description: "learning rate",
      default: 0.02,
    },
    steps: { type: "integer", group: "training", description: "updates" },
    recipe: {
      type: "choice",
      group: "training",
      choices: ["default", "classic"],
      description: "the recipe",
      default: "default",
    },
    schedule: {
      type: "choice",
      group: "training",
      choices: ["constant", "cosine", "onecycle"],
      description:
        "how the rate changes over all the steps that there are, from the first one to the last",
    },
    out: { type: "string", valueName: "DIR", description: "the run folder" },
  },
  positionals: {
    data: { description: "the folder", optional: true },
    more: { description: "others", optional: true, repeated: true },
  },
};

const plain = (_: string, text: string) => text;

const page = `Usage: espalier train [DATA] [MORE...] [options]

Train a classifier on a folder of photos.

DATA holds one folder a class.

Examples:
  espalier train photos --steps 500       a short run
  espalier train photos --steps 500 --rate 0.1
      a faster one

Arguments:
  DATA  the folder
  MORE  others

Data:
  --feed NAME=FILE ...      an input (required)

Training:
  --rate X                  learning rate [0.02]
  --steps N                 updates
  --recipe default|classic  the recipe [default]
  --schedule NAME           constant|cosine|onecycle: how the rate changes over
                            all the steps that there are, from the first one to
                            the last

Output:
  --out DIR                 the run folder
  --json                    print results as JSON, one object a line
  --quiet                   no progress and no notes
  -h, --help [all]          this page; all shows 2 options more`;

Deno.test("commandHelp() shows usage, examples, arguments and options with their defaults, in groups", () => {
  strictEqual(commandHelp(train, { style: plain }), page);
});

Deno.test("commandHelp() of all shows the advanced options, too", () => {
  const whole = commandHelp(train, { style: plain, isWhole: true });
  const more = `  --exif                    turn photos

Model:
  --no-fold                 keep batch norm as its own kernel
`;
  ok(whole.includes(more), whole);
  match(whole, /\n {2}--debug .*\n {2}-h, --help \[all\] {10}this page$/);
});

Deno.test("commandHelp() of a plain command has no groups, no empty sections and no --json", () => {
  const doctor = {
    name: "doctor",
    summary: "check this machine",
    examples: [],
    options: {},
    positionals: {},
  };
  strictEqual(
    commandHelp(doctor, { style: plain }),
    `Usage: espalier doctor [options]

Check this machine.

Options:
  --quiet                   no progress and no notes
  --debug                   print the stack of an error
  -h, --help                this page`,
  );
});

Deno.test("every command's page fits in 80 columns, and what train shows first in 50 lines", () => {
  for (const command of commands) {
    for (const isWhole of [false, true]) {
      const lines = commandHelp(command, { style: plain, isWhole }).split("\n");
      deepStrictEqual(lines.filter(({ length }) => length > 80), []);
      const isFirst = command.name === "train" && !isWhole;
      if (isFirst) ok(lines.length <= 50, `${lines.length} lines`);
    }
  }
});

Deno.test("mainHelp() lists the commands, aligned in spite of colours", () => {
  const doctor = { ...train, name: "doctor", summary: "check this machine" };
  strictEqual(
    mainHelp([train, doctor], (style, text) => `<${style}>${text}`)
      .split("\n").slice(4, 7).join("\n"),
    `<bold>Commands:
  <cyan>train   train a classifier on a folder of photos
  <cyan>doctor  check this machine`,
  );
});
