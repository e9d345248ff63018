import { strictEqual } from "@std/assert";
import type { CommandFacts } from "./option_table.ts";
import { commandHelp, mainHelp } from "./help.ts";

const train: CommandFacts = {
  name: "train",
  summary: "train a classifier on a folder of photos",
  details: "DATA holds one folder a class.",
  examples: [{ command: "train photos --steps 500", says: "a short run" }],
  json: true,
  options: {
    out: { type: "string", valueName: "DIR", description: "the run folder" },
    feed: {
      type: "string",
      valueName: "NAME=FILE",
      description: "an input",
      multiple: true,
      required: true,
    },
    rate: { type: "number", description: "learning rate", default: 0.02 },
    steps: { type: "integer", description: "training steps" },
    recipe: {
      type: "choice",
      choices: ["default", "classic"],
      description: "the recipe",
      default: "default",
    },
    fold: {
      type: "boolean",
      description: "keep batch norm as its own kernel",
      default: true,
    },
    exif: { type: "boolean", description: "turn photos", negatable: true },
  },
  positionals: {
    data: { description: "the folder", optional: true },
    more: { description: "others", optional: true, repeated: true },
  },
};

const page = `Usage: espalier train [DATA] [MORE...] [options]

Train a classifier on a folder of photos.

DATA holds one folder a class.

Examples:
  espalier train photos --steps 500
      a short run

Arguments:
  DATA  the folder
  MORE  others

Options:
  --out DIR                 the run folder
  --feed NAME=FILE ...      an input (required)
  --rate X                  learning rate [0.02]
  --steps N                 training steps
  --recipe default|classic  the recipe [default]
  --no-fold                 keep batch norm as its own kernel
  --[no-]exif               turn photos
  --json                    print results as JSON, one object a line
  --quiet                   no progress and no notes
  --debug                   print the stack of an error
  -h, --help                this page`;

Deno.test("commandHelp() shows usage, examples, arguments and options with their defaults", () => {
  strictEqual(commandHelp(train, (_, text) => text), page);
});

Deno.test("commandHelp() of a plain command leaves empty sections and --json out", () => {
  const plain = {
    name: "doctor",
    summary: "check this machine",
    examples: [],
    options: {},
    positionals: {},
  };
  strictEqual(
    commandHelp(plain, (_, text) => text),
    `Usage: espalier doctor [options]

Check this machine.

Options:
  --quiet     no progress and no notes
  --debug     print the stack of an error
  -h, --help  this page`,
  );
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
