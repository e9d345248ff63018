import { resolve } from "@std/path";
import { replaceFile } from "../bytes/mod.ts";
import { GateError, UsageError } from "../errors.ts";
import {
  type ResolvedModel,
  type ResolvedViews,
  resolveViews,
} from "../features/mod.ts";
import { ratesSvg } from "../report/mod.ts";
import {
  findRate,
  finishedRun,
  type FoundRate,
  isPlainHead,
  type MovedFolders,
  openRunModel,
  type ResolvedNetwork,
  resolveNetwork,
  resumeRun,
  RunFolder,
  type RunOutcome,
  type RunRecord,
  type RunSettings,
  type RunTools,
  shown,
  trainRun,
  type TrainRunOptions,
} from "../run/mod.ts";
import { counted } from "../plural.ts";
import { openStore } from "../store/mod.ts";
import { resolveRecipe } from "../train/mod.ts";
import { flagName, sameCommand } from "./args.ts";
import {
  type Command,
  type CommandContext,
  defineCommand,
  type ExitCode,
  exitCodes,
} from "./command.ts";
import { openSessionEarly } from "./early_session.ts";
import { dataFolder, type DataFolders, dataFolders } from "./folders.ts";
import {
  networkRequestOf,
  passesWithout,
  trainOptions as table,
  trainPositionals as positionals,
} from "./options.ts";
import { accuracyText, tunerOf, withTools } from "./session.ts";
import type { Terminal } from "./terminal.ts";
import { refuseUnused, unusedIn } from "./unused.ts";

type Context = CommandContext<typeof table, typeof positionals>;

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
  options: table,
  positionals,
  run(context) {
    return context.options.resume === undefined
      ? trainNew(context)
      : resume(context, context.options.resume);
  },
});

async function trainNew(context: Context): Promise<ExitCode> {
  const { options: { findLr }, terminal } = context;
  const { model, ...asked } = await askedOf(context);
  return await withTrainTools(context, {
    model,
    work: async (tools) =>
      findLr
        ? await showRates(terminal, await findRate(asked, tools))
        : tellOutcome(context, await trainRun(asked, tools)),
  });
}

async function resume(context: Context, path: string): Promise<ExitCode> {
  const { options: values, terminal, interruption, positionals } = context;
  const { model, test, validation } = values;
  const folder = new RunFolder(path);
  const record = await folder.readRecord();
  refuseOwnSettings(context, record);
  await folder.refuseBeside();
  const moved = await movedFolders(context, record);
  if (Object.keys(moved).length === 0 && model === undefined) {
    const finished = await finishedRun(folder, record);
    if (finished) {
      terminal.note(finished.message);
      return conclude(context, finished.outcome);
    }
  }
  interruption.resumeWith(sameCommand("train", {
    table,
    options: { resume: path, model, test, validation },
    positionals: positionals.data === undefined ? [] : [positionals.data],
  }));
  openSessionEarly();
  return await withTrainTools(context, {
    model: record.model &&
      await openRunModel({ path, record }, {
        store: openStore(),
        request: { model },
      }),
    work: async (tools) =>
      tellOutcome(context, await resumeRun(path, tools, moved)),
  });
}

/** Where the user says that a run's folders are now. */
async function movedFolders(
  { options: { test, validation, bottlenecks }, positionals, terminal }:
    Context,
  { network, settings }: RunRecord,
): Promise<MovedFolders> {
  const data = positionals.data ?? bottlenecks;
  const isSet = data !== undefined && !settings.isBottlenecks;
  const named: Partial<DataFolders> = isSet
    ? await dataFolders(data, { terminal, all: network.mode !== "head" })
    : { ...data !== undefined && { data } };
  const judging = await judgingFolders({ test, validation }, terminal);
  const folders = { ...named, ...judging, test: judging.test ?? named.test };
  return Object.fromEntries(
    Object.entries(folders).flatMap(([part, path]) =>
      path === undefined ? [] : [[part, resolve(path)]]
    ),
  );
}

/** The folders to judge by that are named, by path or by name. */
async function judgingFolders(
  { test, validation }: Pick<Context["options"], "test" | "validation">,
  terminal: Terminal,
): Promise<{ test?: string | undefined; validation?: string | undefined }> {
  const folderOf = async (data: string | undefined) =>
    data === undefined ? undefined : await dataFolder(data, { terminal });
  return { test: await folderOf(test), validation: await folderOf(validation) };
}

/** The new run that is asked for, and the model that it reads pictures with. */
export async function askedOf(
  context: Context,
): Promise<TrainRunOptions & { model?: ResolvedModel | undefined }> {
  const { options: values, positionals: { data }, terminal, interruption } =
    context;
  const settings = await settingsOf(context);
  const call = {
    table,
    positionals: data === undefined ? [] : [data],
  };
  interruption.resumeWith(sameCommand("train", { ...call, options: values }));
  openSessionEarly();
  const { model, settings: network, views, note } = await resolveAll(
    values,
    settings,
  );
  if (note !== undefined) terminal.note(note);
  checkRecipe(values, network);
  // To make the run again, the model has to be named, and the folder another one.
  const again = {
    ...values,
    model: values.model ?? model?.name,
    out: undefined,
    assertAccuracy: undefined,
  };
  return {
    model,
    settings: { ...settings, ...views && { views } },
    recipe: values.recipe,
    overrides: values,
    network,
    command: sameCommand("train", { ...call, options: again }),
    out: values.out,
    onFolder: (path) => interruption.resumeWith(resumeCommand(path)),
  };
}

/** Refuses what no data could be trained with, before any picture is read. */
function checkRecipe(
  values: Context["options"],
  network: ResolvedNetwork["settings"],
): void {
  if (!values.scaleRows && network.base.kind !== "features") {
    throw new UsageError(
      "--no-scale-rows is of a head on features, and here layers are trained on pictures: leave it out",
    );
  }
  resolveRecipe(values.recipe, {
    target: isPlainHead(network) ? "dense" : network.mode,
    trainRows: values.batch ?? 1,
    hasHeadStage: network.freezeEpochs > 0,
    overrides: values,
  });
}

/** The network, the frozen graph it needs, and the views of what is frozen. */
async function resolveAll(
  values: Context["options"],
  { isBottlenecks }: RunSettings,
): Promise<ResolvedViews & ResolvedNetwork> {
  const request = networkRequestOf(values);
  const network = await resolveNetwork(request, {
    model: isBottlenecks
      ? undefined
      : { ...values, without: passesWithout(values) },
    store: openStore(),
  });
  const hasViews = network.settings.base.kind === "features" && !isBottlenecks;
  return { ...network, ...hasViews && resolveViews(request) };
}

async function settingsOf(context: Context): Promise<RunSettings> {
  const { options, positionals, given, terminal } = context;
  const { bottlenecks, limit, seed, exif } = options;
  if (bottlenecks !== undefined && positionals.data !== undefined) {
    throw new UsageError(
      `train takes a folder of pictures (${positionals.data}) or --bottlenecks (${bottlenecks}), not both`,
    );
  }
  refuseUnused({ options: table, given }, unusedIn(options));
  const folders: DataFolders = bottlenecks === undefined
    ? await dataFolders(positionals.data ?? "builtin:digits", {
      terminal,
      all: options.mode !== "head",
    })
    : { data: bottlenecks };
  const { test, validation } = await judgingFolders(options, terminal);
  const testFolder = test ?? folders.test;
  return {
    data: resolve(folders.data),
    isBottlenecks: bottlenecks !== undefined,
    seed,
    exif,
    ...testFolder === undefined ? {} : { test: resolve(testFolder) },
    ...validation === undefined ? {} : { validation: resolve(validation) },
    ...limit === undefined ? {} : { limit },
  };
}

/** What may be given anew when a run is resumed: where things are; all else is the run's own. */
const givenAnew: readonly string[] = [
  ...["resume", "model", "test", "validation", "assertAccuracy"],
];

function refuseOwnSettings(
  { given, options: { resume, model }, positionals }: Context,
  { settings, model: frozen }: RunRecord,
): void {
  const { isBottlenecks } = settings;
  if (!frozen && model !== undefined) {
    throw new UsageError(
      `${resume} reads no pictures by a frozen graph: leave --model out`,
    );
  }
  for (const part of ["test", "validation"] as const) {
    if (settings[part] !== undefined || !given.has(part)) continue;
    throw new UsageError(
      `${resume} takes its ${part} pictures from its data: leave --${part} out`,
    );
  }
  const [own] = [...given].filter((name) =>
    !givenAnew.includes(name) &&
    !(isBottlenecks && name === "bottlenecks" && positionals.data === undefined)
  );
  if (own === undefined) return;
  throw new UsageError(
    `--resume goes on with the run's own data and settings and cannot take --${
      flagName(own)
    } as well: leave it out, or train a new run`,
  );
}

function resumeCommand(path: string): string {
  const call = { table, options: { resume: path }, positionals: [] };
  return sameCommand("train", call);
}

/** Opens the GPU for `work`, whose events are results. */
async function withTrainTools(
  context: Context,
  { model, work }: {
    model: ResolvedModel | undefined;
    work: (tools: RunTools) => Promise<ExitCode>;
  },
): Promise<ExitCode> {
  const { terminal, options } = context;
  return await withTools(context, {
    model,
    tuner: tunerOf(options),
    work(tools) {
      terminal.note(`gpu ${tools.session.adapter.description}`);
      return work({ ...tools, watcher: terminal });
    },
  });
}

/** The end of a training: what was left out, and what it came to. */
function tellOutcome(context: Context, outcome: RunOutcome): ExitCode {
  const { run, skipped } = outcome;
  if (skipped > 0) {
    context.terminal.warn(
      `${counted(skipped, "file")} ${
        skipped === 1 ? "is" : "are"
      } left out; ${run}/skipped.csv says why`,
    );
  }
  return conclude(context, outcome);
}

function conclude(
  { terminal, options }: Context,
  { run, test, validation, skipped }: RunOutcome,
): ExitCode {
  terminal.line(
    test.total === 0
      ? "test accuracy unknown: no test image could be read"
      : `test ${accuracyText(test)}`,
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

const maxRates = 20;

/** Prints the losses that were found by rate, draws them, and says which rate to take. */
async function showRates(
  terminal: Terminal,
  { points, suggestion }: FoundRate,
): Promise<ExitCode> {
  const every = Math.ceil(points.length / maxRates);
  const rows = points.filter((_, index) => index % every === 0)
    .map(({ rate, loss }) => [rate.toExponential(1), loss.toFixed(4)]);
  terminal.table([["rate", "loss"], ...rows], { right: [1] });
  await replaceFile(ratesFile, ratesSvg(points, suggestion));
  terminal.line(`curve ${ratesFile}`);
  terminal.line(`try --rate ${suggestion}`);
  terminal.event({ event: "done", suggestion, points, curve: ratesFile });
  return exitCodes.success;
}
