import { deepStrictEqual, strictEqual, throws } from "@std/assert";
import fc from "fast-check";
import { UsageError } from "../errors.ts";
import {
  flagName,
  parseArguments,
  sameCommand,
  takeCommonOptions,
} from "./args.ts";
import type { OptionTable, PositionalTable } from "./option_table.ts";
import { trainOptions } from "./options.ts";

const command = {
  name: "train",
  options: {
    learningRate: { type: "number", description: "step size", minimum: 0 },
    steps: { type: "integer", description: "how many steps", default: 1000 },
    std: {
      type: "numbers",
      valueName: "R,G,B",
      description: "scale",
      minimum: 1,
    },
    fold: { type: "boolean", description: "keep batch norm", default: true },
    verbose: { type: "boolean", description: "say more" },
    recipe: {
      type: "choice",
      choices: ["default", "classic"],
      description: "the recipe",
      default: "default",
    },
    feed: {
      type: "string",
      valueName: "NAME=FILE",
      description: "inputs",
      multiple: true,
    },
    out: { type: "string", valueName: "DIR", description: "where to write" },
  },
  positionals: {
    data: { description: "folder of classes", optional: true },
    paths: { description: "more", optional: true, repeated: true },
  },
} as const satisfies {
  name: string;
  options: OptionTable;
  positionals: PositionalTable;
};

const defaults = {
  learningRate: undefined,
  steps: 1000,
  std: undefined,
  fold: true,
  verbose: false,
  recipe: "default",
  feed: [],
  out: undefined,
};

function throwsUsage(args: readonly string[], message: string): void {
  throws(() => parseArguments(command, args), new UsageError(message));
}

Deno.test("parseArguments() gives the defaults where nothing is said", () => {
  deepStrictEqual(parseArguments(command, []), {
    options: defaults,
    positionals: { data: undefined, paths: [] },
    given: new Set(),
  });
});

Deno.test("parseArguments() takes --X Y and --X=Y, positionals anywhere", () => {
  const args = "photos --learning-rate 0.5 a --steps=3 b --no-fold --verbose";
  deepStrictEqual(parseArguments(command, args.split(" ")), {
    options: {
      ...defaults,
      learningRate: 0.5,
      steps: 3,
      fold: false,
      verbose: true,
    },
    positionals: { data: "photos", paths: ["a", "b"] },
    given: new Set(["learningRate", "steps", "fold", "verbose"]),
  });
});

Deno.test("parseArguments() takes numbers with commas between", () => {
  const std = (text: string): readonly number[] | undefined =>
    parseArguments(command, ["--std", text]).options.std;
  deepStrictEqual(std("2"), [2]);
  deepStrictEqual(std("58.4,57,1"), [58.4, 57, 1]);
  for (const text of ["1,2,", "1,two", "0.5"]) {
    throws(
      () => std(text),
      /^UsageError: --std takes a number of at least 1, /,
    );
  }
});

Deno.test("parseArguments() has typed values", () => {
  const { options, positionals } = parseArguments(command, []);
  const recipe: "default" | "classic" = options.recipe;
  const steps: number = options.steps;
  const rate: number | undefined = options.learningRate;
  const feeds: readonly string[] = options.feed;
  const data: string | undefined = positionals.data;
  deepStrictEqual([recipe, steps, rate, feeds, data], [
    "default",
    1000,
    undefined,
    [],
    undefined,
  ]);
});

Deno.test("parseArguments() keeps every value of a multiple option and the last of another", () => {
  const args = ["--feed", "x=1.npy", "--out", "a", "--feed=y=2", "--out=b"];
  const { options } = parseArguments(command, args);
  deepStrictEqual(options.feed, ["x=1.npy", "y=2"]);
  strictEqual(options.out, "b");
});

Deno.test("parseArguments() takes words after -- as they are", () => {
  const { positionals } = parseArguments(command, ["--", "--steps", "-1"]);
  deepStrictEqual(positionals, { data: "--steps", paths: ["-1"] });
});

Deno.test("parseArguments() answers an unknown option with the nearest one", () => {
  throwsUsage(
    ["--stpes", "3"],
    "unknown option --stpes. Did you mean --steps?",
  );
  throwsUsage(
    ["--learning"],
    "unknown option --learning. Did you mean --learning-rate?",
  );
  throwsUsage(
    ["--no-folds"],
    "unknown option --no-folds. Did you mean --no-fold?",
  );
  throwsUsage(
    ["--zebra"],
    "unknown option --zebra. See espalier train --help",
  );
  throwsUsage(["-x"], "unknown option -x. See espalier train --help");
  throwsUsage(
    ["--no-steps"],
    "unknown option --no-steps. See espalier train --help",
  );
});

Deno.test("parseArguments() answers each flag of retrain.py and label_image.py with what says the same", () => {
  throwsUsage(
    ["--how_many_training_steps=500"],
    "unknown option --how_many_training_steps: it is retrain.py's; use --steps N",
  );
  throwsUsage(
    ["--image_dir", "photos"],
    "unknown option --image_dir: it is retrain.py's; give the folder itself: espalier train DATA",
  );
  const retrain = [
    ...["image_dir", "output_graph", "intermediate_output_graphs_dir"],
    ...["intermediate_store_frequency", "output_labels", "summaries_dir"],
    ...["how_many_training_steps", "learning_rate", "testing_percentage"],
    ...["validation_percentage", "eval_step_interval", "train_batch_size"],
    ...["test_batch_size", "validation_batch_size", "bottleneck_dir"],
    ...["print_misclassified_test_images", "final_tensor_name", "model_dir"],
    ...["flip_left_right", "random_crop", "random_scale", "architecture"],
    ...["random_brightness", "tfhub_module", "saved_model_dir"],
    ...["logging_verbosity", "checkpoint_path"],
  ];
  const label = [
    ...["graph", "labels", "input_layer", "output_layer", "input_mean"],
    ...["input_std", "input_height", "input_width", "image"],
  ];
  const bare = { ...command, options: {} };
  for (const [tool, flags] of Object.entries({ retrain, label_image: label })) {
    for (const flag of flags) {
      throws(
        () => parseArguments(bare, [`--${flag}`, "x"]),
        new RegExp(`--${flag}: it is ${tool}\\.py's; .{10,}`),
      );
    }
  }
});

Deno.test("parseArguments() knows what other tools call our options, however they join words", () => {
  const train = { name: "train", options: trainOptions, positionals: {} };
  for (
    const [word, flag] of Object.entries({
      lr: "rate",
      "learning-rate": "rate",
      batch_size: "batch",
      "batch-size": "batch",
      num_epochs: "epochs",
      epoch: "epochs",
      iterations: "steps",
      imgsz: "input-size",
      "val-dir": "validation",
      weights: "model",
      freeze: "freeze-until",
    })
  ) {
    const known = flag.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
    if (!Object.hasOwn(trainOptions, known)) continue;
    throws(
      () => parseArguments(train, [`--${word}`, "1"]),
      new RegExp(`unknown option --${word}\\. Did you mean --${flag}\\?`),
    );
  }
});

Deno.test("parseArguments() names the flag and the value it cannot take", () => {
  throwsUsage(["--steps", "1.5"], '--steps takes a whole number, got "1.5"');
  throwsUsage(["--steps", ""], '--steps takes a whole number, got ""');
  throwsUsage(
    ["--learning-rate", "-1"],
    '--learning-rate takes a number of at least 0, got "-1"',
  );
  throwsUsage(
    ["--learning-rate", "NaN"],
    '--learning-rate takes a number of at least 0, got "NaN"',
  );
  throwsUsage(
    ["--recipe", "clasic"],
    '--recipe takes default, classic, got "clasic". Did you mean classic?',
  );
  throwsUsage(["--fold=yes"], '--fold takes no value, got "yes"');
  throwsUsage(["--out"], "--out needs a value");
  throwsUsage(["--out="], '--out needs a value, got ""');
  throwsUsage(
    ["--out", "--steps", "3"],
    "--out needs a value, got the option --steps",
  );
});

Deno.test("parseArguments() asks for what is missing and refuses what is too much", () => {
  const strictCommand = {
    name: "extract",
    options: {
      model: {
        type: "string",
        valueName: "M",
        description: "the graph to run",
        required: true,
      },
    },
    positionals: { data: { description: "folder of images" } },
  } as const;
  throws(
    () => parseArguments(strictCommand, ["d"]),
    new UsageError(
      "--model is missing: the graph to run. See espalier extract --help",
    ),
  );
  throws(
    () => parseArguments(strictCommand, ["--model", "m"]),
    new UsageError(
      "DATA is missing: folder of images. See espalier extract --help",
    ),
  );
  throws(
    () => parseArguments(strictCommand, ["--model", "m", "my", "photos"]),
    new UsageError(
      'unexpected argument "photos": only DATA is taken; quote a path that has spaces',
    ),
  );
});

Deno.test("parseArguments() reads back any values written as flags", () => {
  const text = fc.string({ minLength: 1 }).filter((value) =>
    !value.startsWith("-")
  );
  const values = fc.record({
    learningRate: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
    steps: fc.integer(),
    std: fc.array(
      fc.double({ min: 1, noNaN: true, noDefaultInfinity: true }),
      { minLength: 1 },
    ),
    fold: fc.boolean(),
    recipe: fc.constantFrom("default", "classic"),
    feed: fc.array(text),
    out: text,
    paths: fc.array(text),
  });
  fc.assert(fc.property(values, fc.boolean(), (given, inline) => {
    const flag = (name: string, value: string | number) =>
      inline ? [`--${name}=${value}`] : [`--${name}`, `${value}`];
    const args = [
      ...flag("learning-rate", given.learningRate),
      ...flag("steps", given.steps),
      ...flag("std", given.std.join()),
      given.fold ? "--fold" : "--no-fold",
      ...flag("recipe", given.recipe),
      ...given.feed.flatMap((feed) => flag("feed", feed)),
      ...flag("out", given.out),
      "data",
      ...given.paths,
    ];
    const { options, positionals } = parseArguments(command, args);
    const { paths, ...expected } = given;
    deepStrictEqual({ ...options }, { ...expected, verbose: false });
    deepStrictEqual({ ...positionals }, { data: "data", paths });
  }));
});

Deno.test("parseArguments() throws nothing but UsageError, whatever it gets", () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom("--steps", "--", "-", "--no-fold", "--out=", "--feed"),
    fc.string().map((name) => `--${name}`),
  );
  fc.assert(fc.property(fc.array(word), (args) => {
    try {
      parseArguments(command, args);
    } catch (error) {
      strictEqual(error instanceof UsageError, true, String(error));
    }
  }));
});

Deno.test("takeCommonOptions() takes the flags of every command, but not behind --", () => {
  const args = ["train", "--json", "a", "-h", "--quiet", "--", "--debug"];
  deepStrictEqual(takeCommonOptions(args), {
    common: { help: "common", quiet: true, debug: false, json: true },
    rest: ["train", "a", "--", "--debug"],
  });
});

Deno.test("takeCommonOptions() takes --help all, and leaves another all where it is", () => {
  for (
    const { args, help, rest } of [
      { args: ["train", "--help", "all"], help: "all", rest: ["train"] },
      { args: ["all", "--help"], help: "common", rest: ["all"] },
      { args: ["train", "all"], help: false, rest: ["train", "all"] },
    ]
  ) {
    const taken = takeCommonOptions(args);
    deepStrictEqual([taken.common.help, taken.rest], [help, rest]);
  }
});

Deno.test("flagName() writes camelCase as a flag", () => {
  strictEqual(flagName("inputTensor"), "input-tensor");
});

Deno.test("sameCommand() quotes what a shell would split, and leaves defaults out", () => {
  const command = sameCommand("extract", {
    table: {
      npy: { type: "string", valueName: "X", description: "" },
      feed: { type: "string", valueName: "X", description: "", multiple: true },
      limit: { type: "integer", description: "" },
      batch: { type: "integer", description: "", default: 8 },
      fold: { type: "boolean", description: "", default: true },
      inputSize: { type: "integer", description: "" },
      mean: { type: "numbers", valueName: "R,G,B", description: "" },
    },
    options: {
      npy: "it's here.npy",
      feed: ["a=b", "c d"],
      limit: undefined,
      batch: 8,
      fold: false,
      inputSize: 128,
      mean: [1, 2.5, 3],
    },
    positionals: ["my photos"],
  });
  strictEqual(
    command,
    "./espalier extract 'my photos' --npy 'it'\\''s here.npy' --feed a=b --feed 'c d' --no-fold --input-size 128 --mean 1,2.5,3",
  );
});
