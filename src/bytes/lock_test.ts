import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import { lockFolder, lockHolder, tryLockFolder } from "./lock.ts";
import { temporaryFolder } from "./temporary_folder_testing.ts";

/** Another process that takes a folder's lock and keeps it. */
async function otherHolder(folder: string): Promise<Deno.ChildProcess> {
  const module = new URL("./lock.ts", import.meta.url).href;
  const child = new Deno.Command("deno", {
    args: [
      "eval",
      `const { tryLockFolder } = await import(${JSON.stringify(module)});
       const { lock } = await tryLockFolder(${JSON.stringify(folder)});
       console.log(lock ? "locked" : "refused");
       setInterval(() => lock, 1000);`,
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  strictEqual(new TextDecoder().decode(value), "locked\n");
  await reader.cancel();
  return child;
}

Deno.test("tryLockFolder() names the process that has the lock, until it is killed", async () => {
  await using folder = await temporaryFolder();
  const other = await otherHolder(folder.path);
  const holder = `process ${other.pid}`;
  deepStrictEqual(await tryLockFolder(folder.path), { holder });
  strictEqual(await lockHolder(folder.path), holder);
  other.kill("SIGKILL");
  await other.status;
  // What the dead process wrote is still there.
  match(await Deno.readTextFile(folder.join(".lock")), /^process \d+/);
  strictEqual(await lockHolder(folder.path), undefined);
  {
    using lock = (await tryLockFolder(folder.path)).lock;
    ok(lock);
    strictEqual(await lockHolder(folder.path), `process ${Deno.pid}`);
  }
  strictEqual(await lockHolder(folder.path), undefined);
  deepStrictEqual(folder.names(), [".lock"]);
});

Deno.test("lockHolder() names the host where it is another one, and nobody where nobody signed", async () => {
  const signatures = new Map([
    ["process 12 on elsewhere\n", "process 12 on elsewhere"],
    ["process 12\n", "process 12"],
    ["", "another process"],
    ["\u001b[31m", "another process"],
  ]);
  await using folder = await temporaryFolder();
  for (const [text, holder] of signatures) {
    using _lock = (await tryLockFolder(folder.path)).lock;
    await Deno.writeTextFile(folder.join(".lock"), text);
    strictEqual(await lockHolder(folder.path), holder);
  }
  strictEqual(await lockHolder(folder.join("none")), undefined);
});

Deno.test("lockFolder() makes the folder and waits for who has it", async () => {
  await using root = await temporaryFolder();
  const folder = root.join("a/b");
  const first = await lockFolder(folder);
  let isDone = false;
  const second = lockFolder(folder).then((lock) => {
    isDone = true;
    return lock;
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  strictEqual(isDone, false);
  first[Symbol.dispose]();
  (await second)[Symbol.dispose]();
});
