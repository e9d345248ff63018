/** What commands that compute share: the session, the versions, the data sets by name. */
import manifest from "../../deno.json" with { type: "json" };
import { digitsFolder, espalierHome, hasDigits } from "../data/mod.ts";
import { UsageError } from "../errors.ts";
import { openSession, type Session } from "../gpu/mod.ts";

/** The version of this tool, part of what cached rows depend on. */
export const version: string = manifest.version;

/** The store's folder. */
export function homeFolder(): string {
  return espalierHome(Deno.env).root;
}

/** The folder of cached rows. */
export function cacheRoot(): string {
  return espalierHome(Deno.env).features;
}

/** Runs `work` with a GPU session in a Worker, which is closed whatever happens. */
export async function withSession<T>(
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession();
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

const builtinPrefix = "builtin:";

/**
 * The folder of a data set: a path as it is, `builtin:digits` in the store.
 *
 * @throws {UsageError} if there is no such built-in set, or it was not fetched
 */
export async function dataFolder(data: string): Promise<string> {
  if (!data.startsWith(builtinPrefix)) return data;
  const name = data.slice(builtinPrefix.length);
  if (name !== "digits") {
    throw new UsageError(
      `There is no built-in data set "${name}": use builtin:digits, or a folder`,
    );
  }
  const folder = digitsFolder(homeFolder());
  if (await hasDigits(folder)) return folder;
  throw new UsageError(
    `The demo set is not in the store: run \`./espalier fetch\` first`,
  );
}
