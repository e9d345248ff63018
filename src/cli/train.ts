import { resolve } from "@std/path";
import { replaceFile } from "../bytes/mod.ts";
import { GateError, UsageError } from "../errors.ts";
import {
  type ResolvedModel,
  type ResolvedViews,
  resolveModel,
  resolveViews,
} from "../features/mod.ts";
import { ratesSvg } from "../report/mod.ts";
import {
  asksForNetwork,
  findRate,
  type FoundRate,
  modelOptionsOf,
  type NetworkSettings,
  resolveNetwork,
  resumeRun,
  RunFolder,
  type RunOutcome,
  type RunSettings,
  type RunTools,
  shown,
  trainRun,
  type TrainRunOptions,
} from "../run/mod.ts";
import { openStore } from "../store/mod.ts";
import { flagName, sameCommand } from "./args.ts";
import {
  type Command,
  type CommandContext,
  defineCommand,
  type ExitCode,
  exitCodes,
} from "./command.ts";
import {
  cacheRoot,
  type DataFolders,
  dataFolders,
  homeFolder,
  version,
} from "./folders.ts";
import { formatPercent, formatTable } from "./format.ts";
import type { OptionSpec } from "./option_table.ts";
import {
  networkRequestOf,
  optionOfNetworks,
  passesWithout,
  trainOptions as options,
  trainPositionals as positionals,
} from "./options.ts";
import { noteModel, tunerOf, withSession } from "./session.ts";
import type { Terminal } from "./terminal.ts";

type Context = CommandContext<typeof options, typeof positionals>;

/** `espalier train [DATA]`: pictures in, a trained classifier out. */
export const train: Command = defineCommand({
  name: "train",
  summary: "train a classifier on a folder of photos, one sub-folder a class",
  details:
    "A frozen network turns each photo into features, once; a dense layer learns the classes from them. With --mode, whole networks are trained. The run folder holds the classifier, its report and everything that decides it.",
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
  const sameTrain = (values: Readonly<Record<string, unknown>>) =>
    sameCommand("train", {
      table: options,
      options: values,
      positionals: data === undefined ? [] : [data],
    });
  interruption.resumeWith(sameTrain(values));
  if (settings.isBottlenecks && values.model !== undefined) {
    terminal.warn(
      "--model is not used with --bottlenecks: give it to predict, eval and export instead",
    );
  }
  const resolved = settings.isBottlenecks ? {} : await resolveAll(values);
  if (resolved.note !== undefined) terminal.note(resolved.note);
  const { views } = resolved;
  const asked: TrainRunOptions = {
    settings: { ...settings, ...views && { views } },
    recipe: values.recipe,
    overrides: values,
    network: resolved.network,
    // Of the report: the model by name where the store chose it, and a new folder.
    command: sameTrain({
      ...values,
      model: values.model ?? resolved.model?.name,
      out: undefined,
      assertAccuracy: undefined,
    }),
    out: values.out,
    onFolder: (path) => interruption.resumeWith(resumeCommand(path)),
  };
  if (values.findLr) {
    return await inSession(context, {
      model: resolved.model,
      work: (tools) => showRates(terminal, () => findRate(asked, tools)),
    });
  }
  return await withTools(context, {
    model: resolved.model,
    work: (tools) => trainRun(asked, tools),
  });
}

/** The model; where more than one dense layer is asked for, the network; and the views of what is frozen. */
async function resolveAll(
  values: Context["options"],
): Promise<
  ResolvedViews & {
    model?: ResolvedModel | undefined;
    network?: NetworkSettings | undefined;
  }
> {
  const store = openStore(homeFolder());
  const request = networkRequestOf(values);
  if (await asksForNetwork(request, values.model)) {
    const { model, settings: network } = await resolveNetwork(request, {
      model: values,
      store,
    });
    const isFrozen = network.base.kind === "features";
    return { model, network, ...isFrozen && resolveViews(request) };
  }
  const flag = optionOfNetworks(values);
  if (flag !== undefined) {
    throw new UsageError(
      `${flag} is for networks: add --mode finetune, --mode scratch, or --hidden`,
    );
  }
  const model = await resolveModel(values, { store });
  return { model, ...resolveViews(request) };
}

async function settingsOf(context: Context): Promise<RunSettings> {
  const { options, positionals } = context;
  const { bottlenecks, test, limit, seed, exif } = options;
  if (bottlenecks !== undefined && positionals.data !== undefined) {
    throw new UsageError(
      `train takes a folder of pictures (${positionals.data}) or --bottlenecks (${bottlenecks}), not both`,
    );
  }
  const { augment, views } = options;
  if (bottlenecks !== undefined && (augment ?? views) !== undefined) {
    throw new UsageError(
      `${
        augment === undefined ? "--views" : "--augment"
      } changes pictures, and --bottlenecks has features of them: leave it out, or give the pictures`,
    );
  }
  const folders: DataFolders = bottlenecks === undefined
    ? await dataFolders(positionals.data ?? "builtin:digits", {
      all: options.mode !== "head",
      host: context,
    })
    : { data: bottlenecks };
  const testFolder = test ?? folders.test;
  return {
    data: resolve(folders.data),
    isBottlenecks: bottlenecks !== undefined,
    seed,
    exif,
    ...testFolder === undefined ? {} : { test: resolve(testFolder) },
    ...limit === undefined ? {} : { limit },
  };
}

/** What may be given anew when a run is resumed; all else is the run's own. */
const givenAnew: readonly string[] = ["resume", "model", "assertAccuracy"];

function refuseOwnSettings({ options: values, positionals }: Context): void {
  const { data } = positionals;
  const given = new Map<string, unknown>(Object.entries(values));
  const unset = ({ type, default: usual }: OptionSpec) =>
    type === "boolean" ? usual ?? false : usual;
  const changed = Object.entries<OptionSpec>(options).find(([name, spec]) =>
    !givenAnew.includes(name) && given.get(name) !== unset(spec)
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
  const store = openStore(homeFolder());
  return await withTools(context, {
    model: model && await resolveModel({
      ...modelOptionsOf(model),
      model: context.options.model ?? model.path,
    }, { store }),
    work: (tools) =>
      resumeRun(path, {
        ...tools,
        without: model?.without ?? [],
        watcher: terminal,
      }),
  });
}

/** Opens the GPU, does the work, and says what came of it. */
async function withTools(
  context: Context,
  { model, work }: {
    model: ResolvedModel | undefined;
    work: (tools: RunTools) => Promise<RunOutcome>;
  },
) {
  return conclude(context, await inSession(context, { model, work }));
}

/** Opens the GPU and does the work. */
async function inSession<T>(
  { terminal, interruption, options }: Context,
  { model, work }: {
    model: ResolvedModel | undefined;
    work: (tools: RunTools) => Promise<T>;
  },
): Promise<T> {
  const tuner = tunerOf(options);
  if (model) noteModel(terminal, model);
  return await withSession((session) => {
    terminal.note(`gpu ${session.adapter.description}`);
    return work({
      session,
      model,
      without: passesWithout(options),
      tuner,
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

/** Where the curve goes, in the current folder. */
const ratesFile = "learning-rates.svg";

/** Rates that are printed. */
const maxRates = 20;

/** Prints the losses that were found by rate, draws them, and says which rate to take. */
async function showRates(
  terminal: Terminal,
  find: () => Promise<FoundRate>,
): Promise<ExitCode> {
  const { points, suggestion } = await find();
  const every = Math.ceil(points.length / maxRates);
  const rows = points.filter((_, index) => index % every === 0)
    .map(({ rate, loss }) => [rate.toExponential(1), loss.toFixed(4)]);
  for (const row of formatTable([["rate", "loss"], ...rows], { right: [1] })) {
    terminal.line(row);
  }
  await replaceFile(ratesFile, ratesSvg(points, suggestion));
  terminal.line(`curve ${ratesFile}`);
  terminal.line(`try --rate ${suggestion}`);
  terminal.event({ event: "done", suggestion, points, curve: ratesFile });
  return exitCodes.success;
}
