import {
  checkFolderOf,
  compareCodePoints,
  type DigestedRecord,
  digestRecords,
  listRecords,
  type RecordedFeatures,
  type SkippedFile,
  writeFeatureArray,
  writeFeatureTexts,
} from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { extractFeatures, resolveModel } from "../features/mod.ts";
import { openStore } from "../store/mod.ts";
import { sameCommand } from "./args.ts";
import {
  type Command,
  type CommandContext,
  defineCommand,
  exitCodes,
} from "./command.ts";
import { formatCount, formatNumber } from "./format.ts";
import { dataFolder, homeFolder } from "./folders.ts";
import { dataOptions, modelOptions, passesWithout } from "./options.ts";
import { noteModel, tunerOf, withSession } from "./session.ts";

const optionTable = {
  ...dataOptions,
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
    description: "a folder of pictures or of class folders, or builtin:digits",
  },
} as const;

type Context = CommandContext<typeof optionTable, typeof positionals>;

/** `espalier extract DATA`: pictures to rows of features. */
export const extract: Command = defineCommand({
  name: "extract",
  summary: "turn pictures into rows of features with a frozen graph",
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
  const { options, positionals, terminal, interruption } = context;
  const { npy, txt } = options;
  interruption.resumeWith(sameCommand("extract", {
    table: optionTable,
    options,
    positionals: [positionals.data],
  }));
  const tuner = tunerOf(options);
  if (npy !== undefined) await checkFolderOf(npy);
  const store = openStore(homeFolder());
  const resolved = await resolveModel(options, { store });
  noteModel(terminal, resolved);
  const { listed, digested } = await readRecords(context);
  const started = performance.now();
  const { features, cached, skipped } = await withSession((session) =>
    extractFeatures(digested.records, {
      model: resolved,
      session,
      exif: options.exif,
      without: passesWithout(options),
      tuner,
      batch: options.batch,
      watcher: { ...terminal, event() {} },
      signal: interruption.signal,
    })
  );
  const seconds = (performance.now() - started) / 1000;
  const left = digested.skipped.concat(withTwins(skipped, digested.records))
    .sort((one, other) => compareCodePoints(one.path, other.path));
  if (features.size === 0) {
    throw new InputError(
      `${positionals.data}: none of ${listed} images can be used, such as ${
        left[0]?.path
      }: ${left[0]?.reason}`,
    );
  }
  const records = digested.records
    .filter(({ sha256 }) => features.has(sha256));
  const rows = { records, features, width: resolved.model.width };
  if (npy !== undefined) {
    await writeFeatureArray(npy, { ...rows, skipped: left });
  }
  if (txt !== undefined) await writeFeatureTexts(txt, rows);
  const rate = (features.size - cached) / seconds;
  report(context, { rows, cached, rate, skipped: left });
  return exitCodes.success;
}

/** Lists the pictures and reads the digest of each. */
async function readRecords({ options, positionals, terminal }: Context) {
  const { records, warnings } = await listRecords(
    await dataFolder(positionals.data),
    options,
  );
  for (const { message } of warnings) terminal.warn(message);
  const bar = terminal.progress({
    label: "read",
    total: records.length,
    unit: "images",
  });
  const digested = await digestRecords(records, {
    onProgress: (done) => bar.update(done),
  });
  bar.close();
  return { listed: records.length, digested };
}

/** A picture is opened once, however many files hold it; all of them are skipped. */
function withTwins(
  skipped: readonly SkippedFile[],
  records: readonly DigestedRecord[],
): SkippedFile[] {
  const reasons = new Map(skipped.map(({ path, reason }) => [path, reason]));
  const byDigest = Map.groupBy(records, ({ sha256 }) => sha256);
  return [...byDigest.values()].flatMap((twins) => {
    const opened = twins.find(({ path }) => reasons.has(path));
    const reason = opened && reasons.get(opened.path);
    return reason === undefined
      ? []
      : twins.map(({ path }) => ({ path, reason }));
  });
}

function report(
  { options: { npy, txt }, terminal }: Context,
  { rows, cached, rate, skipped }: {
    rows: RecordedFeatures;
    cached: number;
    rate: number;
    skipped: readonly SkippedFile[];
  },
): void {
  const { records, width } = rows;
  const targets = [npy, txt].filter((path) => path !== undefined);
  terminal.line([
    `${formatCount(records.length)} rows x ${formatCount(width)}`,
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
