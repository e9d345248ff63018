import { type ModelEntry, modelNamed, models } from "../../models/mod.ts";
import { isFolder } from "../bytes/mod.ts";
import { digitsFolders, shapesFolders, writeShapes } from "../data/mod.ts";
import {
  fetchDefaults,
  fetchDigits,
  fetchModel,
  type FetchProgress,
  openStore,
} from "../store/mod.ts";
import {
  type Command,
  type CommandHost,
  defineCommand,
  exitCodes,
} from "./command.ts";
import { formatBytes } from "./format.ts";
import type { Progress } from "./progress.ts";
import type { Terminal } from "./terminal.ts";
import { homeFolder } from "./folders.ts";

const [digits, shapes] = ["builtin:digits", "builtin:shapes"];

/** `espalier fetch [NAME]`: the only command that uses the network. */
export const fetch: Command = defineCommand({
  name: "fetch",
  summary: "bring a model into the store; without a name, what train needs",
  details:
    "The only command that uses the network. A download that was interrupted goes on where it stopped; nothing is used before its digest is right.",
  examples: [
    { command: "fetch", says: "the default model and the demo set" },
    { command: "fetch inception-v3-2015", says: "the official release" },
    { command: "fetch --list", says: "what there is, and what is here" },
  ],
  json: true,
  options: {
    list: { type: "boolean", description: "list what can be fetched" },
  },
  positionals: {
    name: {
      description:
        "a model, builtin:digits or builtin:shapes [the default model and the demo set]",
      optional: true,
    },
  },
  async run({ options, positionals, terminal, interruption }) {
    const home = homeFolder();
    if (options.list) await list(terminal, home);
    else await bring(positionals.name, { home, terminal, interruption });
    return exitCodes.success;
  },
});

async function list(terminal: Terminal, home: string): Promise<void> {
  const store = openStore(home);
  for (const entry of Object.values<ModelEntry>(models)) {
    const isHere = await store.has(entry);
    terminal.line(`${entry.name}  ${isHere ? "here" : "not here"}`);
    describe(terminal, { entry, path: store.path(entry), isHere });
  }
  for (const set of dataSets(home)) {
    const isHere = await isFolder(set.path);
    terminal.line(`${set.name}  ${isHere ? "here" : "not here"}`);
    describeData(terminal, { ...set, isHere });
  }
}

/** Folders of pictures that train takes by name. */
interface DataSet {
  readonly name: string;
  readonly path: string;
  readonly says: string;
}

function dataSets(
  home: string,
): [demo: DataSet, all: DataSet, shapes: DataSet] {
  return [
    {
      name: digits,
      path: digitsFolders(home).demo,
      says: "the demo set: handwritten digits 0 to 4, 60 pictures each (MNIST)",
    },
    {
      name: digits,
      path: digitsFolders(home).all,
      says: "all 10,000 handwritten digits, to train whole networks (MNIST)",
    },
    {
      name: shapes,
      path: shapesFolders(home).data,
      says: "circles against squares: 556 pictures, and 200 to test",
    },
  ];
}

async function bring(
  name: string | undefined,
  { home, terminal, interruption }: CommandHost & { readonly home: string },
): Promise<void> {
  const { signal } = interruption;
  interruption.resumeWith(["./espalier fetch", name ?? []].flat().join(" "));
  const bars = createBars(terminal);
  const [demo, all, drawn] = dataSets(home);
  if (name === undefined) {
    const { entry, reason, model, data } = await fetchDefaults({
      home,
      signal,
      progress: (state) => bars.update(state.item, state),
    });
    bars.close();
    terminal.note(`${entry.name}: ${reason}`);
    terminal.line(model);
    describe(terminal, { entry, path: model, isHere: true });
    terminal.line(data);
    describeData(terminal, { ...demo, isHere: true });
    return;
  }
  if (name === digits) {
    const progress = (state: FetchProgress) => bars.update(name, state);
    await fetchDigits("demo", { home, signal, progress });
    await fetchDigits("all", { home, signal, progress });
  }
  if (name === shapes) await writeShapes(home);
  const sets = [demo, all, drawn].filter((set) => set.name === name);
  if (sets.length > 0) {
    bars.close();
    for (const set of sets) {
      terminal.line(set.path);
      describeData(terminal, { ...set, isHere: true });
    }
    return;
  }
  const entry = modelNamed(name);
  const path = await fetchModel(entry, {
    home,
    signal,
    progress: (state) => bars.update(name, state),
  });
  bars.close();
  terminal.line(path);
  describe(terminal, { entry, path, isHere: true });
}

/** A bar for each stage of each thing, one after the other. */
function createBars(terminal: Terminal): {
  update(item: string, state: FetchProgress): void;
  close(): void;
} {
  let shown = "";
  let bar: Progress | undefined;
  return {
    update(item, { stage, done, total }) {
      const isPictures = stage === "write";
      const scale = isPictures ? 1 : 1e6;
      const part = `${stage} ${item} ${total}`;
      if (shown !== part) {
        shown = part;
        bar = terminal.progress({
          label: `${stage} ${item}`,
          unit: isPictures ? "pictures" : "MB",
          total: total / scale,
        });
      }
      bar?.update(done / scale);
    },
    close: () => bar?.close(),
  };
}

function describe(
  { line, event }: Terminal,
  { entry, path, isHere }: {
    readonly entry: ModelEntry;
    readonly path: string;
    readonly isHere: boolean;
  },
): void {
  const { name, title, bytes, sha256, provenance, licence } = entry;
  line(`  ${title}, ${formatBytes(bytes)}, ${licence}`);
  line(`  ${provenance}`);
  event({
    event: "model",
    name,
    path,
    isHere,
    bytes,
    sha256,
    provenance,
    licence,
  });
}

function describeData(
  { line, event }: Terminal,
  { name, path, says, isHere }: DataSet & { readonly isHere: boolean },
): void {
  line(`  ${says}`);
  event({ event: "data", name, path, isHere });
}
