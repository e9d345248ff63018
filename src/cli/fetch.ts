import {
  chooseModel,
  classicName,
  isVariantName,
  mobilenetAlphas,
  mobilenetSizes,
  type ModelEntry,
  modelNamed,
  models,
  modelsNamed,
  type ModelSource,
  needOf,
  type Published,
} from "../../models/mod.ts";
import { isFolder } from "../bytes/mod.ts";
import { digitsFolders, shapesFolders, writeShapes } from "../data/mod.ts";
import {
  fetchDigits,
  fetchFirst,
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
    { command: "fetch resnet-50", says: "a model by its name" },
    { command: "fetch --list", says: "what there is, and what is here" },
    { command: "fetch --list resnet-50", says: "all that is known of it" },
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
    const { name } = positionals;
    if (!options.list) await bring(name, { store, terminal, interruption });
    else {
      await list(name, { store, terminal });
      if (name === undefined) {
        await tellDataSets(undefined, { terminal, home, indent: "  " });
      }
    }
    return exitCodes.success;
  },
});

interface Item {
  readonly name: string;
  /** Its place in the store. */
  readonly path: string;
  /** What it is, in a line. */
  readonly title: string;
  /** What else there is to say of it. */
  readonly says: readonly string[];
  readonly facts: Readonly<Record<string, unknown>>;
  isHere(): Promise<boolean>;
  bring(options: FetchOptions): Promise<unknown>;
}

/** All that can be fetched; the digits are two sets of one name. */
function itemsOf(store: Store): Item[] {
  const items = models.map((entry) => itemOf(entry, store));
  const dataSet = (item: Pick<Item, "name" | "path" | "title" | "bring">) =>
    items.push({
      ...item,
      says: [],
      facts: { event: "data" },
      isHere: () => isFolder(item.path),
    });
  const { demo, all } = digitsFolders(store.home);
  // All before some: the same archive brings both.
  dataSet({
    name: demoSet,
    path: all,
    title: "all 10,000 handwritten digits, to train whole networks (MNIST)",
    bring: (options) => fetchDigits("all", options),
  });
  dataSet({
    name: demoSet,
    path: demo,
    title: "the demo set: handwritten digits 0 to 4, 60 pictures each (MNIST)",
    bring: (options) => fetchDigits("demo", options),
  });
  dataSet({
    name: "builtin:shapes",
    path: shapesFolders(store.home).data,
    title: "circles against squares: 556 pictures, and 200 to test",
    bring: () => writeShapes(store.home),
  });
  return items;
}

const demoSet = "builtin:digits";

function itemOf(entry: ModelEntry, store: Store): Item {
  const { name, title, bytes, published, provenance, licence } = entry;
  const { by: verifiedBy, ...digest } = published;
  const about = published.by === "sha256" ? "" : "about ";
  return {
    name,
    path: store.path(entry),
    title: `${title}, ${about}${formatBytes(bytes)}, ${licence}`,
    says: [provenance, verification(published)],
    facts: {
      ...{ event: "model", bytes, ...digest, verifiedBy, provenance, licence },
    },
    isHere: () => store.has(entry),
    bring: (options) => fetchModel(entry, options),
  };
}

/** What makes a model's file trustworthy, as far as its publisher lets it. */
function verification(published: Published): string {
  switch (published.by) {
    case "sha256":
      return "Verified by its size and SHA-256";
    case "sha256-start":
      return "Verified by the first 8 digits of its SHA-256, all that its publisher gives; the whole of the first download's is recorded";
    case "md5":
      return "Verified by its MD5, all that its publisher gives; the SHA-256 of the first download is recorded";
    case "nothing":
      return "Its publisher gives no digest: that of the first download is recorded, and holds from then on";
    default:
      return published satisfies never;
  }
}

/** Where the store is, and who hears of it. */
interface Place {
  readonly store: Store;
  readonly terminal: Terminal;
}

/** Brings what has the name; without one, the default model and the demo set. */
async function bring(
  name: string | undefined,
  { store, terminal, interruption }: CommandHost & Place,
): Promise<void> {
  interruption.resumeWith(["./espalier fetch", name ?? []].flat().join(" "));
  const show = progressOn(terminal);
  const optionsFor = (item: string): FetchOptions => ({
    home: store.home,
    progress: (state) => show(item, state),
    signal: interruption.signal,
  });
  if (name === classicName) {
    const entry = await bringClassic(terminal, optionsFor(name));
    tell(itemOf(entry, store), { terminal, isHere: true });
    return;
  }
  const items = itemsOf(store);
  const wanted = name === undefined
    ? await defaults(items, { store, terminal })
    : named(items, name);
  for (const item of wanted) {
    await item.bring(optionsFor(item.name));
    terminal.close();
    tell(item, { terminal, isHere: true });
  }
}

/** Brings the network of the classic tutorial, of whatever source can be had, and says which. */
async function bringClassic(
  terminal: Terminal,
  options: FetchOptions,
): Promise<ModelEntry> {
  const { candidates } = needOf(classicName);
  const [release, standIn] = candidates;
  const entry = await fetchFirst(candidates, {
    ...options,
    onMissed(_, { tried }) {
      terminal.close();
      terminal.warn(
        `${release.name} cannot be had (${tried}): ${standIn.name} stands in for it`,
      );
    },
  });
  terminal.close();
  return entry;
}

/** All of a name; a name that there is not is refused as a model's. */
function named(items: readonly Item[], name: string): Item[] {
  const found = items.filter((item) => item.name === name);
  if (found.length > 0) return found;
  modelNamed(name);
  const names = modelsNamed(name).map((entry) => entry.name);
  return items.filter((item) => names.includes(item.name));
}

async function defaults(
  items: readonly Item[],
  { store, terminal }: Place,
): Promise<Item[]> {
  const { entry, reason } = await chooseModel(store);
  terminal.note(`${entry.name}: ${reason}`);
  const { demo } = digitsFolders(store.home);
  return items.filter(({ name, path }) => name === entry.name || path === demo);
}

/** Where a thing is, and all that there is to say of it. */
function tell(
  { name, path, title, says, facts }: Item,
  { terminal: { line, event }, isHere }: {
    readonly terminal: Terminal;
    readonly isHere: boolean;
  },
): void {
  line(isHere ? path : `${name}  not here`);
  for (const sentence of [title, ...says]) line(`  ${sentence}`);
  event({ ...facts, name, path, isHere });
}

/** Lists what has the name, with all that there is to say of it; without one, a line for each thing. */
async function list(
  name: string | undefined,
  { store, terminal }: Place,
): Promise<void> {
  const items = itemsOf(store);
  if (name !== undefined) {
    for (const item of named(items, name)) {
      tell(item, { terminal, isHere: await item.isHere() });
    }
    return;
  }
  const rows: string[][] = [];
  const { line, table, event } = terminal;
  for (const entry of models) {
    const item = itemOf(entry, store);
    const isHere = await item.isHere();
    event({ ...item.facts, name: item.name, path: item.path, isHere });
    if (isHere || !isVariantName(item.name)) rows.push(rowOf(entry, isHere));
  }
  line("models");
  table(rows, { right: [2], indent: "  " });
  line(`  ${variants}`);
  line("sets of pictures");
  for (const item of items.filter(({ facts }) => facts.event === "data")) {
    const isHere = await item.isHere();
    line(`  ${item.name}  ${isHere ? "here" : "not here"}`);
    line(`    ${item.title}`);
    event({ ...item.facts, name: item.name, path: item.path, isHere });
  }
}

const variants = `mobilenet-v1-ALPHA-SIZE: ALPHA ${
  mobilenetAlphas.join(", ")
}; SIZE ${mobilenetSizes.join(", ")}`;

function rowOf(
  { name, sources: [source], bytes, licence }: ModelEntry,
  isHere: boolean,
): string[] {
  const state = isHere ? "here" : "not here";
  return [name, state, formatBytes(bytes), licence, originOf(source)];
}

/** Who is asked for a model. */
function originOf(source: ModelSource): string {
  switch (source.kind) {
    case "npm":
      return "npm";
    case "wheel":
      return "PyPI";
    case "archive":
    case "file":
      return new URL(source.url).hostname.split(".").slice(-2).join(".");
    default:
      return source satisfies never;
  }
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
      bar = terminal.progress({
        label,
        unit,
        ...total !== undefined && { total: total / scale },
      });
    }
    bar?.update(done / scale);
  };
}
