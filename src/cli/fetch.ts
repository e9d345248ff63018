import { type ModelEntry, modelNamed, models } from "../../models/mod.ts";
import { digitsFolder, hasDigits, writeDigits } from "../data/mod.ts";
import {
  fetchDefaults,
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
import { homeFolder } from "./_tools.ts";

/** The demo set's name. */
const digits = "builtin:digits";

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
      description: "a model, or builtin:digits [the default model and digits]",
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
  const path = digitsFolder(home);
  const isHere = await hasDigits(path);
  terminal.line(`${digits}  ${isHere ? "here" : "not here"}`);
  describeDigits(terminal, { path, isHere });
}

async function bring(
  name: string | undefined,
  { home, terminal, interruption }: CommandHost & { readonly home: string },
): Promise<void> {
  const { signal } = interruption;
  interruption.resumeWith(["./espalier fetch", name ?? []].flat().join(" "));
  const bars = createBars(terminal);
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
    describeDigits(terminal, { path: data, isHere: true });
    return;
  }
  if (name === digits) {
    const path = digitsFolder(home);
    await writeDigits(path, {
      signal,
      progress: (done, total) =>
        bars.update(name, { stage: "write", done, total }),
    });
    bars.close();
    terminal.line(path);
    return describeDigits(terminal, { path, isHere: true });
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
  let label = "";
  let bar: Progress | undefined;
  return {
    update(item, { stage, done, total }) {
      const isPictures = item === digits;
      const scale = isPictures ? 1 : 1e6;
      if (label !== `${stage} ${item}`) {
        label = `${stage} ${item}`;
        bar = terminal.progress({
          label,
          unit: isPictures ? "pictures" : "MB",
          ...total === undefined ? {} : { total: total / scale },
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

function describeDigits(
  { line, event }: Terminal,
  { path, isHere }: { readonly path: string; readonly isHere: boolean },
): void {
  line("  the demo set: handwritten digits 0 to 4, 60 pictures each (MNIST)");
  event({ event: "data", name: digits, path, isHere });
}
