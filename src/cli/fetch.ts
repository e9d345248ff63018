import { chooseModel, modelNamed, models } from "../../models/mod.ts";
import { isFolder } from "../bytes/mod.ts";
import { digitsFolders, shapesFolders, writeShapes } from "../data/mod.ts";
import {
  fetchDigits,
  fetchModel,
  type FetchOptions,
  type FetchProgress,
  openStore,
  type Store,
} from "../store/mod.ts";
import {
  type Command,
  type CommandHost,
  defineCommand,
  exitCodes,
} from "./command.ts";
import {
  dataSetOptions,
  fetchAskedDataSet,
  tellDataSets,
} from "./fetch_data.ts";
import { formatBytes } from "./format.ts";
import type { WatchedProgress } from "../watcher.ts";
import type { Terminal } from "./terminal.ts";

/** `espalier fetch [NAME]`: the only command that uses the network. */
export const fetch: Command = defineCommand({
  name: "fetch",
  summary: "bring a model into the store; without a name, what train needs",
  details:
    "The only command that uses the network. A download that was interrupted goes on where it stopped; nothing is used before its digest is right, where one is known. Archives of pictures are .tgz, .tar or .zip.",
  examples: [
    {
      command: "fetch https://example.org/photos.zip --as photos",
      says: "an archive of pictures, for `train photos`",
    },
    { command: "fetch", says: "the default model and the demo set" },
    { command: "fetch inception-v3-2015", says: "the official release" },
    { command: "fetch --list", says: "what there is, and what is here" },
  ],
  json: true,
  options: {
    list: { type: "boolean", description: "list what can be fetched" },
    ...dataSetOptions,
  },
  positionals: {
    name: {
      description:
        "a model, a data set or an archive's address or file [the default model and the demo set]",
      optional: true,
    },
  },
  async run(context) {
    const { options, positionals, terminal, interruption } = context;
    const store = openStore();
    const { home } = store;
    const show = progressOn(terminal);
    const isDone = await fetchAskedDataSet({
      ...context,
      table: dataSetOptions,
      home,
      show,
    });
    if (isDone) return exitCodes.success;
    if (options.list) {
      for (const item of named(itemsOf(store), positionals.name)) {
        const isHere = await item.isHere();
        terminal.line(`${item.name}  ${isHere ? "here" : "not here"}`);
        describe(item, { terminal, isHere });
      }
      if (positionals.name === undefined) {
        await tellDataSets(undefined, { terminal, home });
      }
    } else await bring(positionals.name, { store, terminal, interruption });
    return exitCodes.success;
  },
});

interface Item {
  readonly name: string;
  /** Its place in the store. */
  readonly path: string;
  readonly says: readonly string[];
  readonly facts: Readonly<Record<string, unknown>>;
  isHere(): Promise<boolean>;
  bring(options: FetchOptions): Promise<unknown>;
}

/** All that can be fetched; the digits are two sets of one name. */
function itemsOf(store: Store): Item[] {
  const items = Object.values(models).map((entry): Item => {
    const { name, title, bytes, sha256, provenance, licence } = entry;
    return {
      name,
      path: store.path(entry),
      says: [`${title}, ${formatBytes(bytes)}, ${licence}`, provenance],
      facts: { event: "model", bytes, sha256, provenance, licence },
      isHere: () => store.has(entry),
      bring: (options) => fetchModel(entry, options),
    };
  });
  const dataSet = (item: Pick<Item, "name" | "path" | "says" | "bring">) =>
    items.push({
      ...item,
      facts: { event: "data" },
      isHere: () => isFolder(item.path),
    });
  const { demo, all } = digitsFolders(store.home);
  // All before some: the same archive brings both.
  dataSet({
    name: demoSet,
    path: all,
    says: ["all 10,000 handwritten digits, to train whole networks (MNIST)"],
    bring: (options) => fetchDigits("all", options),
  });
  dataSet({
    name: demoSet,
    path: demo,
    says: ["the demo set: handwritten digits 0 to 4, 60 pictures each (MNIST)"],
    bring: (options) => fetchDigits("demo", options),
  });
  dataSet({
    name: "builtin:shapes",
    path: shapesFolders(store.home).data,
    says: ["circles against squares: 556 pictures, and 200 to test"],
    bring: () => writeShapes(store.home),
  });
  return items;
}

const demoSet = "builtin:digits";

/** Brings what has the name; without one, the default model and the demo set. */
async function bring(
  name: string | undefined,
  { store, terminal, interruption }: CommandHost & { readonly store: Store },
): Promise<void> {
  interruption.resumeWith(["./espalier fetch", name ?? []].flat().join(" "));
  const items = itemsOf(store);
  const wanted = name === undefined
    ? await defaults(items, { store, terminal })
    : named(items, name);
  const show = progressOn(terminal);
  for (const item of wanted) {
    await item.bring({
      home: store.home,
      progress: (state) => show(item.name, state),
      signal: interruption.signal,
    });
    terminal.close();
    terminal.line(item.path);
    describe(item, { terminal, isHere: true });
  }
}

/** All of a name, or all there are; a name that there is not is refused as a model's. */
function named(items: readonly Item[], name: string | undefined): Item[] {
  const found = items.filter((item) =>
    name === undefined || item.name === name
  );
  if (found.length === 0) modelNamed(`${name}`);
  return found;
}

async function defaults(
  items: readonly Item[],
  { store, terminal }: { readonly store: Store; readonly terminal: Terminal },
): Promise<Item[]> {
  const { entry, reason } = await chooseModel(store);
  terminal.note(`${entry.name}: ${reason}`);
  const { demo } = digitsFolders(store.home);
  return items.filter(({ name, path }) => name === entry.name || path === demo);
}

function describe(
  { name, path, says, facts }: Item,
  { terminal, isHere }: {
    readonly terminal: Terminal;
    readonly isHere: boolean;
  },
): void {
  for (const line of says) terminal.line(`  ${line}`);
  terminal.event({ ...facts, name, path, isHere });
}

/** Shows a bar for each stage of each thing, one after the other. */
function progressOn(
  terminal: Terminal,
): (item: string, state: FetchProgress) => void {
  let shown = "";
  let bar: WatchedProgress | undefined;
  return (item, { stage, done, total }) => {
    const label = `${stage} ${item}`;
    const { unit, scale } = stage === "write"
      ? { unit: "pictures", scale: 1 }
      : { unit: "MB", scale: 1e6 };
    if (shown !== `${label} ${total}`) {
      shown = `${label} ${total}`;
      bar = terminal.progress({ label, unit, total: total / scale });
    }
    bar?.update(done / scale);
  };
}
