/** What `espalier fetch` does about data sets: those known by name, and any by its archive's address. */
import { resolve } from "@std/path";
import { fileURLToPath } from "node:url";
import { isModelName } from "../../models/registry.ts";
import { isFolder } from "../bytes/mod.ts";
import { UsageError } from "../errors.ts";
import { nounOf } from "../plural.ts";
import {
  checkDataSetName,
  type DataSet,
  dataSet,
  dataSetNameOf,
  dataSetNames,
  type DataSetSource,
  fetchDataSet,
  type FetchProgress,
  isAddress,
  knownDataSet,
  knownDataSets,
  listDataSets,
} from "../store/mod.ts";
import { nearestWord } from "../suggest.ts";
import type { CommandHost } from "./command.ts";
import { sameCommand } from "./args.ts";
import { formatBytes, formatCount } from "./format.ts";
import type { OptionTable } from "./option_table.ts";
import type { Terminal } from "./terminal.ts";

/** The options of `fetch` that only data sets take. */
export const dataSetOptions = {
  as: {
    type: "string",
    valueName: "NAME",
    description: "what train calls the data set [its archive's name]",
  },
  sha256: {
    type: "string",
    valueName: "HEX",
    description: "the archive's SHA-256; another one is refused",
  },
} as const satisfies OptionTable;

/** What the command line asks for. */
interface Asked {
  /** A name, an address or a path. */
  readonly name: string | undefined;
  readonly options: {
    readonly as?: string | undefined;
    readonly sha256?: string | undefined;
  };
  /** The store. */
  readonly home: string;
}

/**
 * Brings the data set that is asked for, or tells of it, where it is one.
 *
 * @returns false where something else is asked for
 * @throws {UsageError} if its name cannot be one, an address is of another kind,
 *   or options are given that only go with data sets
 */
export async function fetchAskedDataSet(
  { options, positionals: { name }, terminal, interruption, table, home, show }:
    & CommandHost
    & {
      readonly options: Asked["options"] & { readonly list: boolean };
      readonly positionals: { readonly name?: string | undefined };
      readonly table: OptionTable;
      readonly home: string;
      readonly show: (item: string, state: FetchProgress) => void;
    },
): Promise<boolean> {
  if (options.list) {
    refuseOptions(options, "brings nothing with --list");
    return name !== undefined && await tellDataSets(name, { terminal, home });
  }
  const source = await askedSource({ name, options, home });
  if (!source) return false;
  interruption.resumeWith(
    sameCommand("fetch", { table, options, positionals: [`${name}`] }),
  );
  const found = await fetchDataSet(source, {
    home,
    progress: (state) => show(source.name, state),
    signal: interruption.signal,
  });
  terminal.close();
  terminal.line(found.path);
  tell(found, { terminal, indent: "" });
  terminal.note(`./espalier train ${found.name}`);
  return true;
}

async function askedSource(asked: Asked): Promise<DataSetSource | undefined> {
  const { name, options, home } = asked;
  if (name === undefined || isTaken(name)) {
    refuseOptions(options, "goes with an archive of pictures");
    return undefined;
  }
  const known = knownDataSet(name);
  const present = known ? undefined : await dataSet(name, home);
  if (present && options.as === undefined) {
    return { name, from: present.from, ...expectedOf(asked) };
  }
  const from = known?.url ?? await archiveOf(name);
  if (from === undefined) {
    const near = nearestWord(name, await dataSetNames(home));
    if (near === undefined) {
      refuseOptions(options, "goes with an archive of pictures");
      return undefined;
    }
    throw new UsageError(
      `There is no model and no data set "${name}". Did you mean ${near}?`,
    );
  }
  return {
    name: nameFor(known?.name ?? dataSetNameOf(from), asked),
    from,
    ...known && { expected: { by: "published", ...known.archive } },
    ...expectedOf(asked, known?.archive),
  };
}

/** What no data set may be called. */
function isTaken(name: string): boolean {
  return name.startsWith("builtin:") || isModelName(name);
}

function refuseOptions(
  { as, sha256 }: Asked["options"],
  because: string,
): void {
  const given = as !== undefined ? "as" : sha256 !== undefined && "sha256";
  if (given) throw new UsageError(`--${given} ${because}: leave it out`);
}

function expectedOf(
  { options: { sha256 } }: Asked,
  published: object = {},
): Pick<DataSetSource, "expected"> {
  if (sha256 === undefined) return {};
  if (!/^[0-9a-f]{64}$/i.test(sha256)) {
    throw new UsageError(
      `--sha256 takes the 64 hex digits of an archive's SHA-256, got "${sha256}"`,
    );
  }
  return {
    expected: { ...published, by: "told", sha256: sha256.toLowerCase() },
  };
}

/** The address or the absolute path of an archive; undefined for a name. */
async function archiveOf(word: string): Promise<string | undefined> {
  if (isAddress(word)) return addressOf(word);
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(word)?.[1];
  if (scheme?.toLowerCase() === "file") return fileURLToPath(addressOf(word));
  if (scheme !== undefined) {
    throw new UsageError(
      `${word}: addresses of ${scheme}: are not fetched; give one of http: or https:, or a file`,
    );
  }
  if (await isFolder(word)) {
    throw new UsageError(
      `${word} is a folder: give it to train, extract or eval as it is`,
    );
  }
  const path = resolve(word);
  const isFile = word.includes("/") || await isThere(path) ||
    dataSetNameOf(path) !== word;
  return isFile ? path : undefined;
}

function addressOf(word: string): string {
  try {
    return new URL(word).href;
  } catch {
    throw new UsageError(`${word} is not an address; check it`);
  }
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

function nameFor(
  own: string,
  { options: { as } }: Asked,
): string {
  const name = as ?? own;
  if (as === undefined && !isName(name)) {
    const near = own.replaceAll(/[^\p{L}\p{M}\p{N}._-]+/gu, "-")
      .replaceAll(/^[^\p{L}\p{N}]+|-+$/gu, "");
    throw new UsageError(
      `The archive's name makes no name of a data set; give it one with --as ${
        isName(near) ? near : "NAME"
      }`,
    );
  }
  checkDataSetName(name);
  if (isTaken(name)) {
    throw new UsageError(
      `There is a model "${name}": give the data set another name with --as`,
    );
  }
  return name;
}

function isName(name: string): boolean {
  try {
    checkDataSetName(name);
    return true;
  } catch {
    return false;
  }
}

/**
 * Lists the data sets that are known or here.
 *
 * @returns whether there is one of the name [all]
 */
export async function tellDataSets(
  name: string | undefined,
  { terminal, home, indent = "" }: {
    readonly terminal: Terminal;
    readonly home: string;
    /** Before each line. */
    readonly indent?: string;
  },
): Promise<boolean> {
  const here = new Map(
    (await listDataSets(home)).map((set) => [set.name, set]),
  );
  const all = [...new Set([...Object.keys(knownDataSets), ...here.keys()])];
  const wanted = all.filter((one) => name === undefined || one === name);
  for (const name of wanted) {
    const found = here.get(name);
    terminal.line(`${indent}${name}  ${found ? "here" : "not here"}`);
    if (found) tell(found, { terminal, indent });
    else tellKnown(name, { terminal, indent });
  }
  return wanted.length > 0;
}

/** Where lines go, and what stands before them. */
interface Lines {
  readonly terminal: Terminal;
  readonly indent: string;
}

function tell(set: DataSet, { terminal, indent }: Lines): void {
  const known = knownDataSet(set.name);
  const isKnown = known?.url === set.from;
  if (isKnown) terminal.line(`${indent}  ${known.title}; ${known.licence}`);
  terminal.line(
    `${indent}  ${formatCount(set.files)} ${nounOf(set.files, "files")}, ${
      formatBytes(set.unpackedBytes)
    }, from ${set.from} on ${set.date}`,
  );
  terminal.line(`${indent}  ${verification(set)}`);
  const { path, ...facts } = set;
  terminal.event({ event: "data", ...facts, path, isHere: true });
}

/** What makes the archive trustworthy, as far as somebody vouches for it. */
function verification({ name, sha256, checked }: DataSet): string {
  switch (checked) {
    case "published":
      return `Verified: ${
        knownDataSet(name)?.published ?? "as published"
      }; SHA-256 ${sha256}`;
    case "told":
      return `Verified: SHA-256 ${sha256}, as told`;
    case "recorded":
      return `No digest is known of it: its SHA-256 ${sha256} is recorded, and holds from then on`;
    default:
      return checked satisfies never;
  }
}

function tellKnown(name: string, { terminal, indent }: Lines): void {
  const known = knownDataSet(name);
  if (!known) return;
  const { title, licence, url, archive: { bytes = NaN }, published } = known;
  terminal.line(`${indent}  ${title}; ${licence}`);
  terminal.line(`${indent}  ${formatBytes(bytes)} from ${url}; ${published}`);
  terminal.event({
    event: "data",
    name,
    from: url,
    ...known.archive,
    title,
    licence,
    isHere: false,
  });
}
