import {
  checkFolderOf,
  compareCodePoints,
  listRecords,
  writeFeatureArray,
  writeFeatureTexts,
} from "../data/mod.ts";
import {
  type ExtractedPictures,
  extractPictures,
  resolveModel,
} from "../features/mod.ts";
import { nounOf } from "../plural.ts";
import { openStore } from "../store/mod.ts";
import { sameCommand } from "./args.ts";
import {
  type Command,
  type CommandContext,
  defineCommand,
  exitCodes,
} from "./command.ts";
import { openSessionEarly } from "./early_session.ts";
import { formatCount, formatNumber } from "./format.ts";
import { dataFolder } from "./folders.ts";
import { dataOptions, modelOptions, passesWithout } from "./options.ts";
import { tunerOf, withTools } from "./session.ts";
import { refuseUnused } from "./unused.ts";

const optionTable = {
  ...dataOptions,
  seed: {
    type: "integer",
    group: "data",
    isAdvanced: true,
    default: 0,
    description: "draws the pictures of --limit, as that of train",
    minimum: 0,
    maximum: 2 ** 32 - 1,
  },
  ...modelOptions,
  npy: {
    type: "string",
    valueName: "OUT.npy",
    description: "write the rows here, and their paths to OUT.txt",
  },
  txt: {
    type: "string",
    valueName: "DIR",
    description: "write DIR/<class>/<image>.txt, numbers joined by commas",
  },
  batch: {
    type: "integer",
    group: "model",
    description: "pictures computed at once at most",
    default: 8,
    minimum: 1,
  },
} as const;

const positionals = {
  data: {
    description:
      "pictures, class folders, or train/, val/ and test/; or builtin:digits",
  },
} as const;

type Context = CommandContext<typeof optionTable, typeof positionals>;

/** `espalier extract DATA`: pictures to rows of features. */
export const extract: Command = defineCommand({
  name: "extract",
  summary: "turn pictures into rows of features with a frozen network",
  details:
    "Rows come in the order of their paths and are kept in the store, so that no picture is computed twice. Pictures that cannot be decoded are listed in OUT.skipped.csv.",
  examples: [
    {
      command: "extract photos --npy features.npy",
      says: "features.npy [images, width] and features.txt with the paths",
    },
    {
      command: "extract photos --model net.pb --txt bottlenecks",
      says: "the text files of the classic tutorials",
    },
  ],
  json: true,
  options: optionTable,
  positionals,
  run: runExtract,
});

async function runExtract(context: Context) {
  const { options, positionals, given, terminal, interruption } = context;
  const { npy, txt, limit } = options;
  refuseUnused(
    { options: optionTable, given },
    limit === undefined
      ? [{ options: ["seed"], because: "decides only what --limit draws" }]
      : [],
  );
  interruption.resumeWith(sameCommand("extract", {
    table: optionTable,
    options,
    positionals: [positionals.data],
  }));
  const tuner = tunerOf(options);
  if (npy !== undefined) await checkFolderOf(npy);
  const store = openStore();
  openSessionEarly();
  const model = await resolveModel({
    ...options,
    without: passesWithout(options),
  }, { store });
  const folder = await dataFolder(positionals.data, { terminal });
  const listed = await listRecords(folder, { ...options, watcher: terminal });
  const made = await withTools(context, {
    model,
    tuner,
    work: (tools) =>
      extractPictures(listed.records, { ...options, ...tools, model }),
  });
  const skipped = [...listed.skipped, ...made.skipped]
    .sort((one, other) => compareCodePoints(one.path, other.path));
  const extracted = { ...made, skipped };
  if (npy !== undefined) await writeFeatureArray(npy, extracted);
  if (txt !== undefined) await writeFeatureTexts(txt, extracted);
  report(context, extracted);
  return exitCodes.success;
}

function report(
  { options: { npy, txt }, terminal }: Context,
  { records, width, features, cached, skipped, milliseconds }:
    ExtractedPictures,
): void {
  const rate = (features.size - cached) / (milliseconds / 1000);
  const targets = [npy, txt].filter((path) => path !== undefined);
  terminal.line([
    `${formatCount(records.length)} ${nounOf(records.length, "rows")} x ${
      formatCount(width)
    }`,
    ...rate > 0 ? [`${formatNumber(rate)} images/s`] : [],
    `cached ${formatCount(cached)}`,
    `skipped ${formatCount(skipped.length)}`,
    ...targets.length > 0 ? [`-> ${targets.join(", ")}`] : [],
  ].join("  "));
  terminal.event({
    event: "done",
    rows: records.length,
    width,
    cached,
    rate,
    skipped,
    npy,
    txt,
  });
}
