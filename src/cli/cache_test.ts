import { deepStrictEqual, match, strictEqual } from "@std/assert";
import { join } from "@std/path";
import { cache } from "./cache.ts";
import { main } from "./main.ts";
import { fakeHost } from "./testing.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

async function runCache(
  home: string,
  args: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const before = Deno.env.get("ESPALIER_HOME");
  Deno.env.set("ESPALIER_HOME", home);
  const host = fakeHost();
  try {
    const code = await main(["cache", ...args], { host, commands: [cache] });
    return { code, stdout: host.stdout.text(), stderr: host.stderr.text() };
  } finally {
    if (before === undefined) Deno.env.delete("ESPALIER_HOME");
    else Deno.env.set("ESPALIER_HOME", before);
  }
}

async function withHome(test: (home: string) => Promise<void>): Promise<void> {
  await using home = await temporaryFolder();
  await Deno.mkdir(home.join("models", "m"), { recursive: true });
  await Deno.writeFile(home.join("models", "m", "m.pb"), new Uint8Array(9));
  const rows = home.join("features", "0123456789abcdef", "ab");
  await Deno.mkdir(rows, { recursive: true });
  for (const [digit, bytes] of [["a", 2000], ["b", 5]] as const) {
    const name = `${digit.repeat(64)}.row`;
    await Deno.writeFile(join(rows, name), new Uint8Array(bytes));
  }
  await test(home.path);
}

Deno.test("espalier cache shows what each folder of the store takes", async () => {
  await withHome(async (home) => {
    const { code, stdout } = await runCache(home, []);
    strictEqual(code, 0);
    deepStrictEqual(stdout.replaceAll(home, "HOME").split("\n"), [
      "   9 B   1 file  HOME/models",
      "   0 B  0 files  HOME/data",
      "2.0 kB  2 files  HOME/features",
      "   0 B  0 files  HOME/tuning",
      "",
    ]);
  });
});

Deno.test("espalier cache clean removes the features and nothing of a stranger's beside them", async () => {
  await withHome(async (home) => {
    const path = join(home, "features");
    await Deno.writeTextFile(join(path, "mine.txt"), "mine");
    const { stdout } = await runCache(home, ["clean", "--json"]);
    deepStrictEqual(JSON.parse(stdout), {
      event: "cleaned",
      path,
      files: 2,
      bytes: 2005,
    });
    const left = [...Deno.readDirSync(home), ...Deno.readDirSync(path)];
    deepStrictEqual(left.map(({ name }) => name).sort(), [
      "features",
      "mine.txt",
      "models",
    ]);
    const again = await runCache(home, ["clean"]);
    match(again.stdout, /^removed 0 files, 0 B, from /);
  });
});

Deno.test("espalier cache refuses another word with exit code 2", async () => {
  deepStrictEqual(await runCache("/no/such/home", ["claen"]), {
    code: 2,
    stdout: "",
    stderr:
      'error: cache takes size or clean, got "claen". Did you mean clean?\n',
  });
});
