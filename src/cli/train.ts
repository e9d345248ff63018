import { resolve } from "@std/path";
import { GateError, UsageError } from "../errors.ts";
import { type ModelRequest, resolveModel } from "../features/mod.ts";
import {
  modelOptionsOf,
  resumeRun,
  RunFolder,
  type RunOutcome,
  type RunSettings,
  type RunTools,
  shown,
  trainRun,
} from "../run/mod.ts";
import { openStore } from "../store/mod.ts";
import { optimizerNames, recipeNames } from "../train/mod.ts";
import { modelOptions, noteModel, passesWithout } from "./_model_options.ts";
import {
  cacheRoot,
  dataFolder,
  homeFolder,
  version,
  withSession,
} from "./_tools.ts";
import { sameCommand } from "./_same_command.ts";
import { flagName } from "./args.ts";
import {
  type Command,
  type CommandContext,
  defineCommand,
  exitCodes,
  type OptionSpec,
} from "./command.ts";
import { formatPercent } from "./format.ts";

const options = {
  test: {
    type: "string",
    valueName: "DIR",
    description: "test on these class folders [a tenth of DATA]",
  },
  ...modelOptions,
  recipe: {
    type: "choice",
    choices: recipeNames,
    default: "default",
    description: "how the head is trained; classic is the tutorial's",
  },
  optimizer: {
    type: "choice",
    choices: optimizerNames,
    description: "over the recipe's",
  },
  rate: {
    type: "number",
    description: "learning rate, over the recipe's",
    minimum: 0,
  },
  steps: {
    type: "integer",
    description: "updates, over the recipe's",
    minimum: 1,
  },
  batch: {
    type: "integer",
    description: "rows of an update, over the recipe's",
    minimum: 1,
  },
  bottlenecks: {
    type: "string",
    valueName: "DIR",
    description: "train from <class>/*.txt features instead of pictures",
  },
  limit: {
    type: "integer",
    description: "pictures of each class at most [all]",
    minimum: 1,
  },
  seed: {
    type: "integer",
    default: 0,
    description: "decides the split and the batches",
    minimum: 0,
    maximum: 2 ** 32 - 1,
  },
  out: {
    type: "string",
    valueName: "DIR",
    description: "the run's folder, new or empty [runs/NAME-N]",
  },
  resume: {
    type: "string",
    valueName: "RUN",
    description: "go on with a run from its newest checkpoint",
  },
  assertAccuracy: {
    type: "number",
    valueName: "P",
    description: "exit with 3 if the test accuracy is below this, 0 to 1",
    minimum: 0,
    maximum: 1,
  },
} as const;

const positionals = {
  data: {
    description: "a folder with one folder a class [builtin:digits]",
    optional: true,
  },
} as const;

type Context = CommandContext<typeof options, typeof positionals>;

/** `espalier train [DATA]`: pictures in, a trained classifier out. */
export const train: Command = defineCommand({
  name: "train",
  summary: "train a classifier on a folder of photos, one sub-folder a class",
  details:
    "A frozen network turns each photo into features, once; a dense layer learns the classes from them. The run folder holds the classifier, its report and everything that decides it.",
  examples: [
    { command: "train", says: "the demo: handwritten digits" },
    { command: "train photos", says: "photos/<class>/*.jpg, a tenth to test" },
    { command: "train photos --recipe classic", says: "as in the tutorial" },
    { command: "train --resume runs/photos-1", says: "after an interruption" },
  ],
  json: true,
  options,
  positionals,
  run(context) {
    return context.options.resume === undefined
      ? trainNew(context)
      : resume(context, context.options.resume);
  },
});

async function trainNew(context: Context) {
  const { options: values, positionals, terminal, interruption } = context;
  const { data } = positionals;
  const settings = await settingsOf(context);
  const request: ModelRequest = values;
  interruption.resumeWith(sameCommand("train", {
    table: options,
    options: values,
    positionals: data === undefined ? [] : [data],
  }));
  if (settings.isBottlenecks && values.model !== undefined) {
    terminal.warn(
      "--model is not used with --bottlenecks: give it to predict, eval and export instead",
    );
  }
  return await withTools(context, {
    request: settings.isBottlenecks ? undefined : request,
    work: (tools) =>
      trainRun({
        settings,
        recipe: values.recipe,
        overrides: values,
        out: values.out,
        onFolder: (path) => interruption.resumeWith(resumeCommand(path)),
      }, { ...tools, watcher: terminal }),
  });
}

async function settingsOf(
  { options, positionals }: Context,
): Promise<RunSettings> {
  const { bottlenecks, test, limit, seed, exif } = options;
  if (bottlenecks !== undefined && positionals.data !== undefined) {
    throw new UsageError(
      `train takes a folder of pictures (${positionals.data}) or --bottlenecks (${bottlenecks}), not both`,
    );
  }
  const data = bottlenecks ??
    await dataFolder(positionals.data ?? "builtin:digits");
  return {
    data: resolve(data),
    isBottlenecks: bottlenecks !== undefined,
    seed,
    exif,
    ...test === undefined ? {} : { test: resolve(test) },
    ...limit === undefined ? {} : { limit },
  };
}

/** What may be given anew when a run is resumed; all else is the run's own. */
const givenAnew: readonly string[] = ["resume", "model", "assertAccuracy"];

function refuseOwnSettings({ options: values, positionals }: Context): void {
  const { data } = positionals;
  const given = new Map<string, unknown>(Object.entries(values));
  const changed = Object.entries<OptionSpec>(options).find(([name, spec]) =>
    !givenAnew.includes(name) && given.get(name) !== spec.default
  );
  const what = data ?? (changed && `--${flagName(changed[0])}`);
  if (what === undefined) return;
  throw new UsageError(
    `--resume goes on with the run's own data and settings and cannot take ${what} as well: leave it out, or train a new run`,
  );
}

function resumeCommand(path: string): string {
  const { resume } = options;
  const call = { table: { resume }, options: { resume: path } };
  return sameCommand("train", { ...call, positionals: [] });
}

async function resume(context: Context, path: string) {
  const { terminal, interruption } = context;
  refuseOwnSettings(context);
  const record = await new RunFolder(path).readRecord();
  interruption.resumeWith(resumeCommand(path));
  const { model } = record;
  return await withTools(context, {
    request: model && {
      ...modelOptionsOf(model),
      model: context.options.model ?? model.path,
    },
    work: (tools) =>
      resumeRun(path, {
        ...tools,
        without: model?.without ?? [],
        watcher: terminal,
      }),
  });
}

/** Opens the model and the GPU, does the work, and says what came of it. */
async function withTools(
  context: Context,
  { request, work }: {
    request: ModelRequest | undefined;
    work: (tools: RunTools) => Promise<RunOutcome>;
  },
) {
  const { terminal, interruption, options } = context;
  const store = openStore(homeFolder());
  const model = request ? await resolveModel(request, { store }) : undefined;
  if (model) noteModel(terminal, model);
  const outcome = await withSession((session) => {
    terminal.note(`gpu ${session.adapter.description}`);
    return work({
      session,
      model,
      without: passesWithout(options),
      cacheRoot: cacheRoot(),
      watcher: terminal,
      signal: interruption.signal,
      environment: {
        espalier: version,
        deno: Deno.version.deno,
        created: new Date().toISOString(),
      },
    });
  });
  return conclude(context, outcome);
}

function conclude({ terminal, options }: Context, outcome: RunOutcome) {
  const { run, test, validation, skipped } = outcome;
  if (skipped > 0) {
    terminal.warn(
      `${skipped} ${
        skipped === 1 ? "file is" : "files are"
      } left out; ${run}/skipped.csv says why`,
    );
  }
  terminal.line(
    test.total === 0
      ? "test accuracy unknown: no test image could be read"
      : `test accuracy ${
        formatPercent(test.accuracy)
      }, ${test.correct} of ${test.total} (95 % interval ${
        formatPercent(test.low)
      } to ${formatPercent(test.high)})`,
  );
  terminal.line(`report ${run}/report.html`);
  terminal.event({
    event: "done",
    run,
    validation: shown(validation),
    test: shown(test),
    skipped,
  });
  const wanted = options.assertAccuracy;
  if (wanted !== undefined && !(test.accuracy >= wanted)) {
    throw new GateError(
      test.total === 0
        ? `There is no test accuracy to compare with ${wanted} (--assert-accuracy), no test image could be read; the run is in ${run}`
        : `The test accuracy ${
          test.accuracy.toFixed(4)
        } is below ${wanted} (--assert-accuracy); the run is in ${run}`,
    );
  }
  return exitCodes.success;
}
