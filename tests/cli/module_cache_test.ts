import { DatabaseSync } from "node:sqlite";
import { ok, strictEqual } from "@std/assert";
import { folderSize } from "../../src/data/mod.ts";
import { inSandbox, photos } from "./_sandbox.ts";

/** What the whole of it may take, in bytes. */
const most = 25e6;

/** What Deno says where the registry cannot be reached. */
const offline = /error sending request|client error|dns error|timed out/i;

/** Merges the journals of Deno's caches, which hold pages several times until then. */
async function mergeJournals(folder: string): Promise<void> {
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile || !name.endsWith("-wal")) continue;
    const database = new DatabaseSync(`${folder}/${name.replace(/-wal$/, "")}`);
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    database.close();
  }
}

Deno.test("train fetches at most 25 MB of modules, and what it compiles is counted", async (test) => {
  await inSandbox(photos(), async (sandbox) => {
    const { code, stderr } = await sandbox.task(
      "train",
      sandbox.trainArguments("run"),
      { env: { DENO_DIR: sandbox.path("deno") } },
    );
    const isOffline = code !== 0 && offline.test(stderr);
    await test.step({
      name: "with the registry at hand",
      ignore: isOffline,
      async fn() {
        strictEqual(code, 0, stderr);
        await mergeJournals(sandbox.path("deno"));
        const { bytes } = await folderSize(sandbox.path("deno"));
        ok(bytes > 5e6, `${bytes} bytes are no cache`);
        ok(bytes <= most, `${bytes} bytes`);
      },
    });
  });
});

Deno.test("the command line's lock lists what it imports, at the versions of deno.json", async () => {
  const { code, stderr } = await new Deno.Command("deno", {
    args: [
      ...["run", "--frozen", "--lock=src/cli/deno.lock", "--no-prompt"],
      ...["src/cli/mod.ts", "--version"],
    ],
    cwd: new URL("../../", import.meta.url),
  }).output();
  const remedy =
    "deno run --lock=src/cli/deno.lock src/cli/mod.ts --version writes it anew";
  strictEqual(code, 0, `${new TextDecoder().decode(stderr)}\n${remedy}`);
});
