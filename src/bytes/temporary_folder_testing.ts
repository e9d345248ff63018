/** For tests: a folder that is gone at the end of the block, and pipes. */
import { dirname, join } from "@std/path";

/** A folder to work in; `await using` removes it. */
export interface TemporaryFolder extends AsyncDisposable {
  readonly path: string;
  /** The path of something in it. */
  join(...parts: string[]): string;
  /** Names in it or in a folder below, sorted. */
  names(...parts: string[]): string[];
}

/** A new folder with these files in it, by their paths. */
export async function temporaryFolder(
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<TemporaryFolder> {
  const path = await Deno.makeTempDir({ prefix: "espalier-test-" });
  for (const [name, content] of Object.entries(files)) {
    const file = join(path, name);
    await Deno.mkdir(dirname(file), { recursive: true });
    if (typeof content === "string") await Deno.writeTextFile(file, content);
    else await Deno.writeFile(file, content);
  }
  return {
    path,
    join: (...parts) => join(path, ...parts),
    names: (...parts) =>
      [...Deno.readDirSync(join(path, ...parts))].map(({ name }) => name)
        .sort(),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** Makes a named pipe, which nobody writes to. */
export async function makePipe(path: string): Promise<void> {
  const command = new Deno.Command("sh", { args: ["-c", `mkfifo "$0"`, path] });
  const { success } = await command.output();
  if (!success) throw new Error(`mkfifo made no ${path}`);
}
