import { dirname, relative } from "@std/path";
import {
  encodeNpy,
  errorCode,
  fileError,
  formatCsv,
  replaceFile,
} from "../bytes/mod.ts";
import {
  type DigestedRecord,
  digestRecords,
  type ImageRecord,
  listPictures,
  scanFolder,
  type SkippedFile,
  writeBottleneckText,
} from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { resolveModel } from "../features/mod.ts";
import { extractFeatures } from "../run/mod.ts";
import { openStore } from "../store/mod.ts";
import {
  type Command,
  type CommandContext,
  defineCommand,
  exitCodes,
} from "./command.ts";
import { formatCount, formatNumber } from "./format.ts";
import { modelOptions, noteModel, passesWithout } from "./_model_options.ts";
import { sameCommand } from "./_same_command.ts";
import {
  cacheRoot,
  dataFolder,
  homeFolder,
  version,
  withSession,
} from "./_tools.ts";

const optionTable = {
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
  limit: {
    type: "integer",
    description: "pictures of each class at most [all]",
    minimum: 1,
  },
  batch: {
    type: "integer",
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

/** Rows of the pictures that have one, in path order. */
interface Rows {
  readonly records: readonly DigestedRecord[];
  readonly features: ReadonlyMap<string, Float32Array>;
  readonly width: number;
}

async function runExtract(context: Context) {
  const { options, positionals, terminal, interruption } = context;
  const { npy, txt } = options;
  await checkFolderOf(npy);
  const store = openStore(homeFolder());
  const { scanned, digested } = await listRecords(context);
  const resolved = await resolveModel(options, { store });
  noteModel(terminal, resolved);
  interruption.resumeWith(sameCommand("extract", {
    table: optionTable,
    options,
    positionals: [positionals.data],
  }));
  const started = performance.now();
  const { features, cached, skipped } = await withSession((session) =>
    extractFeatures(digested.records, {
      model: resolved,
      session,
      cacheRoot: cacheRoot(),
      version,
      exif: options.exif,
      without: passesWithout(options),
      batch: options.batch,
      watcher: { ...terminal, event() {} },
      signal: interruption.signal,
    })
  );
  const seconds = (performance.now() - started) / 1000;
  const rows: Rows = {
    records: digested.records.filter(({ sha256 }) => features.has(sha256)),
    features,
    width: resolved.model.width,
  };
  const left = [...digested.skipped, ...skipped];
  if (rows.records.length === 0) {
    throw new InputError(
      `${positionals.data}: none of ${scanned} images can be used, such as ${
        left[0]?.path
      }: ${left[0]?.reason}`,
    );
  }
  if (npy !== undefined) await writeNpy(npy, rows, left);
  if (txt !== undefined) await writeTexts(txt, rows);
  const rate = (features.size - cached) / seconds;
  report(context, { rows, cached, rate, skipped: left });
  return exitCodes.success;
}

/** Minutes of work should not end at a misspelt folder. */
async function checkFolderOf(npy: string | undefined): Promise<void> {
  if (npy === undefined) return;
  try {
    await Deno.readDir(dirname(npy))[Symbol.asyncIterator]().next();
  } catch (error) {
    throw fileError(error, { doing: "write", path: npy });
  }
}

async function listRecords({ options, positionals, terminal }: Context) {
  const data = await dataFolder(positionals.data);
  const { limit } = options;
  const records = await hasFolders(data)
    ? await classRecords(data, { limit, warn: terminal.warn })
    : await flatRecords(data, limit);
  const broken = records.find(({ path }) => /[\n\r]/.test(path));
  if (broken) {
    throw new InputError(
      `${data}: ${
        JSON.stringify(broken.path)
      } has a line break in its name, and paths are written one a line; rename the file`,
    );
  }
  const bar = terminal.progress({
    label: "read",
    total: records.length,
    unit: "images",
  });
  const digested = await digestRecords(records, {
    onProgress: (done) => bar.update(done),
  });
  bar.close();
  return { scanned: records.length, digested };
}

async function classRecords(
  data: string,
  { limit, warn }: { limit: number | undefined; warn: (text: string) => void },
): Promise<readonly ImageRecord[]> {
  const { records, warnings } = await scanFolder(data, {
    minimumClasses: 1,
    ...limit === undefined ? {} : { limit },
  });
  for (const { message } of warnings) warn(message);
  return records;
}

/** Features need no classes: a folder of pictures will do. */
async function flatRecords(
  data: string,
  limit = Infinity,
): Promise<ImageRecord[]> {
  const files = await listPictures([data]);
  return files.slice(0, limit).map((file) => ({
    path: relative(data, file).replaceAll("\\", "/"),
    file,
    label: "",
  }));
}

/** Also true where there is no folder at all, which `scanFolder` says best. */
async function hasFolders(data: string): Promise<boolean> {
  try {
    for await (const { name } of Deno.readDir(data)) {
      if (name.startsWith(".")) continue;
      if ((await Deno.stat(`${data}/${name}`)).isDirectory) return true;
    }
    return false;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return true;
  }
}

async function writeNpy(
  path: string,
  { records, features, width }: Rows,
  skipped: readonly SkippedFile[],
): Promise<void> {
  const stem = path.replace(/\.npy$/i, "");
  const data = new Float32Array(records.length * width);
  for (const [index, { sha256 }] of records.entries()) {
    data.set(features.get(sha256) ?? [], index * width);
  }
  const paths = records.map(({ path }) => `${path}\n`).join("");
  await replaceFile(path, encodeNpy({ shape: [records.length, width], data }));
  await replaceFile(`${stem}.txt`, paths);
  const list = `${stem}.skipped.csv`;
  if (skipped.length === 0) {
    // A list of an earlier extraction would be believed.
    await Deno.remove(list).catch(() => {});
    return;
  }
  const lines = skipped.map(({ path, reason }) => [path, reason]);
  await replaceFile(list, formatCsv(["path", "reason"], lines));
}

async function writeTexts(
  folder: string,
  { records, features }: Rows,
): Promise<void> {
  for (const { path, sha256 } of records) {
    const values = features.get(sha256);
    if (values) await writeBottleneckText(folder, { path, values });
  }
}

function report(
  { options: { npy, txt }, terminal }: Context,
  { rows, cached, rate, skipped }: {
    rows: Rows;
    cached: number;
    rate: number;
    skipped: readonly SkippedFile[];
  },
): void {
  const { records, width } = rows;
  const targets = [npy, txt].filter((path) => path !== undefined);
  terminal.line([
    `${formatCount(records.length)} rows x ${formatCount(width)}`,
    `${formatNumber(rate)} images/s`,
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
