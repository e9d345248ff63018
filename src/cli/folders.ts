/** The folders of data sets by name. */
import { isFolder } from "../bytes/mod.ts";
import { digitsFolders, espalierHome, writeShapes } from "../data/mod.ts";
import { UsageError } from "../errors.ts";

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
  /** Whether all 10,000 digits are wanted. */
  { all = false }: { all?: boolean } = {},
): Promise<DataFolders> {
  if (!data.startsWith(builtinPrefix)) return { data };
  const { root: home } = espalierHome(Deno.env);
  switch (data.slice(builtinPrefix.length)) {
    case "shapes":
      return await writeShapes(home);
    case "digits": {
      const folder = digitsFolders(home)[all ? "all" : "demo"];
      if (await isFolder(folder)) return { data: folder };
      throw new UsageError(
        "The digits are not in the store: run `./espalier fetch builtin:digits` first",
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
