/** The folders of the store, and of data sets by name. */
import manifest from "../../deno.json" with { type: "json" };
import {
  allDigits,
  allDigitsFolder,
  digitsFolder,
  espalierHome,
  hasDigits,
  writeDigits,
  writeShapes,
} from "../data/mod.ts";
import { UsageError } from "../errors.ts";
import type { CommandHost } from "./command.ts";

/** The version of this tool, part of what cached rows depend on. */
export const version: string = manifest.version;

export function homeFolder(): string {
  return espalierHome(Deno.env).root;
}

export function cacheRoot(): string {
  return espalierHome(Deno.env).features;
}

export function tuningFolder(): string {
  return espalierHome(Deno.env).tuning;
}

const builtinPrefix = "builtin:";

export interface DataFolders {
  /** To train on, or all there is. */
  readonly data: string;
  /** To test on, where the set has such a part. */
  readonly test?: string;
}

/**
 * The folders of a data set: a path as it is, built-in sets in the store, where
 * those that need no download are written.
 *
 * @throws {UsageError} if there is no such built-in set, or it was not fetched
 */
export async function dataFolders(
  data: string,
  { all = false, host }: {
    /** Whether all 10,000 digits are wanted. */
    all?: boolean;
    /** Hears of the pictures that are written, and may stop it. */
    host?: CommandHost;
  } = {},
): Promise<DataFolders> {
  if (!data.startsWith(builtinPrefix)) return { data };
  const home = homeFolder();
  switch (data.slice(builtinPrefix.length)) {
    case "shapes":
      return await writeShapes(home);
    case "digits": {
      if (all) return { data: await writeAllDigits(home, host) };
      const folder = digitsFolder(home);
      if (await hasDigits(folder)) return { data: folder };
      throw new UsageError(
        `The demo set is not in the store: run \`./espalier fetch\` first`,
      );
    }
    default:
      throw new UsageError(
        `There is no built-in data set "${
          data.slice(builtinPrefix.length)
        }": use builtin:digits, builtin:shapes, or a folder`,
      );
  }
}

/** The folder of a data set to evaluate on, or to extract. */
export async function dataFolder(data: string): Promise<string> {
  const folders = await dataFolders(data);
  return folders.test ?? folders.data;
}

async function writeAllDigits(
  home: string,
  host: CommandHost | undefined,
): Promise<string> {
  const folder = allDigitsFolder(home);
  if (await hasDigits(folder)) return folder;
  const bar = host?.terminal.progress({
    label: "write builtin:digits",
    unit: "pictures",
  });
  await writeDigits(folder, {
    ...allDigits,
    ...host && { signal: host.interruption.signal },
    progress: (done) => bar?.update(done),
  });
  bar?.finish();
  return folder;
}
