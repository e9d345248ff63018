import { deepStrictEqual, match, strictEqual } from "@std/assert";
import { dirname, join } from "@std/path";
import { models } from "../../models/mod.ts";
import { openStore, recordModel } from "../store/mod.ts";
import { eventsOf, runCommand } from "./testing.ts";
import { fetch } from "./fetch.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

const entry = models["inception-v3-npm"];

/** Makes the store believe that it has the model, with a hole for a file. */
async function pretendModel(home: string): Promise<string> {
  const store = openStore(home);
  const path = store.path(entry);
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(path, new Uint8Array());
  await Deno.truncate(path, entry.bytes);
  await recordModel(store, entry);
  return path;
}

Deno.test("espalier fetch leaves alone what is there, and says where and what it is", async () => {
  await using home = await temporaryFolder();
  const path = await pretendModel(home.path);
  const args = ["inception-v3-npm"];
  const { code, stdout } = await runCommand(fetch, { args, home: home.path });
  strictEqual(code, 0);
  deepStrictEqual(stdout.split("\n"), [
    path,
    `  ${entry.title}, 87.4 MB, MIT`,
    `  ${entry.provenance}`,
    "",
  ]);
});

Deno.test("espalier fetch --list tells what is here", async () => {
  await using home = await temporaryFolder();
  await pretendModel(home.path);
  const args = ["--list", "--json"];
  const events = eventsOf(await runCommand(fetch, { args, home: home.path }));
  deepStrictEqual(events.map(({ name, isHere }) => [name, isHere]), [
    ["inception-v3-2015", false],
    ["inception-v3-npm", true],
    ["builtin:digits", false],
    ["builtin:digits", false],
    ["builtin:shapes", false],
  ]);
  const one = await runCommand(fetch, {
    args: ["--list", "builtin:shapes", "--json"],
    home: home.path,
  });
  deepStrictEqual(eventsOf(one).map(({ name }) => name), ["builtin:shapes"]);
  const none = await runCommand(fetch, {
    args: ["--list", "nothing"],
    home: home.path,
  });
  strictEqual(none.code, 2);
});

Deno.test("espalier fetch draws builtin:shapes, without a network", async () => {
  await using home = await temporaryFolder();
  const args = ["builtin:shapes"];
  const { code, stdout } = await runCommand(fetch, { args, home: home.path });
  strictEqual(code, 0);
  const folder = home.join("data", "shapes");
  match(stdout, /circles against squares/);
  strictEqual(stdout.split("\n")[0], folder);
  strictEqual((await Deno.stat(join(folder, "square"))).isDirectory, true);
});

Deno.test("espalier fetch refuses a name it does not know with exit code 2", async () => {
  await using home = await temporaryFolder();
  const args = ["resnet"];
  const { code, stderr } = await runCommand(fetch, { args, home: home.path });
  strictEqual(code, 2);
  match(stderr, /Unknown model "resnet", expected inception-v3-2015 or/);
});
