import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import { join } from "@std/path";
import { modelNamed, models } from "../../models/mod.ts";
import { sha256 } from "../bytes/mod.ts";
import { pictures, tgz } from "../store/archives_testing.ts";
import { serve } from "../store/_test_server.ts";
import { eventsOf, pretendModel, runCommand } from "./testing.ts";
import { fetch } from "./fetch.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

const entry = modelNamed("inception-v3-npm");

Deno.test("espalier fetch leaves alone what is there, and says where and what it is", async () => {
  await using home = await temporaryFolder();
  const path = await pretendModel(home.path, entry.name);
  const args = ["inception-v3-npm"];
  const { code, stdout } = await runCommand(fetch, { args, home: home.path });
  strictEqual(code, 0);
  deepStrictEqual(stdout.split("\n"), [
    path,
    `  ${entry.title}, 87.4 MB, MIT`,
    `  ${entry.provenance}`,
    "  Verified by its size and SHA-256",
    "",
  ]);
});

Deno.test("espalier fetch --list tells what is here, on 80 columns", async () => {
  await using home = await temporaryFolder();
  await pretendModel(home.path, entry.name);
  const args = ["--list", "--json"];
  const events = eventsOf(await runCommand(fetch, { args, home: home.path }));
  const here = events.filter(({ isHere }) => isHere).map(({ name }) => name);
  deepStrictEqual(here, [entry.name]);
  const names = events.map(({ name }) => name);
  for (const { name } of models) ok(names.includes(name), name);
  const list = await runCommand(fetch, { args: ["--list"], home: home.path });
  const [ofModels] = list.stdout.split("sets of pictures");
  const lines = ofModels.split("\n");
  deepStrictEqual(lines.filter((line) => line.length > 80), []);
  match(list.stdout, /^ {2}inception-v3-npm +here +87\.4 MB +MIT +npm$/m);
  match(
    list.stdout,
    /^ {2}resnet-50 +not here +103 MB +BSD-3-Clause +pytorch/m,
  );
  match(list.stdout, /mobilenet-v1-ALPHA-SIZE/);
});

Deno.test("espalier fetch --list NAME tells all of it", async () => {
  await using home = await temporaryFolder();
  const told = async (...args: string[]) =>
    await runCommand(fetch, { args: ["--list", ...args], home: home.path });
  const events = eventsOf(await told("builtin:shapes", "--json"));
  deepStrictEqual(events.map(({ name }) => name), ["builtin:shapes"]);
  const { stdout } = await told("mobilenet-v1-0.25-128");
  match(stdout, /^mobilenet-v1-0\.25-128 {2}not here\n.*about 2\.1 MB/);
  match(stdout, /Its publisher gives no digest/);
  strictEqual((await told("nothing")).code, 2);
  const both = eventsOf(await told("inception-v3", "--json"));
  deepStrictEqual(both.map(({ name }) => name), [
    "inception-v3-2015",
    "inception-v3-npm",
  ]);
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
  match(stderr, /Unknown model "resnet"; .* Did you mean resnet-18\?/);
});

Deno.test("espalier fetch ADDRESS brings an archive of pictures, and says what train calls it", async () => {
  await using home = await temporaryFolder();
  await using server = serve(await tgz(pictures), { name: "tulips.tar.gz" });
  const args = [server.url];
  const { code, stdout, stderr } = await runCommand(fetch, {
    args,
    home: home.path,
  });
  strictEqual(code, 0, stderr);
  const path = home.join("data", "tulips");
  const [first, facts, verified] = stdout.split("\n");
  strictEqual(first, path);
  match(facts, /^ {2}5 files, \d+ B, from http:.*tulips\.tar\.gz on \d{4}-/);
  match(verified, /^ {2}No digest is known of it: its SHA-256 [0-9a-f]{64} is/);
  match(stderr, /\.\/espalier train tulips\n$/);
  const list = await runCommand(fetch, {
    args: ["--list", "tulips", "--json"],
    home: home.path,
  });
  deepStrictEqual(
    eventsOf(list).map(({ name, isHere, path }) => [name, isHere, path]),
    [["tulips", true, path]],
  );
  const again = await runCommand(fetch, { args: ["tulips"], home: home.path });
  strictEqual(again.code, 0);
  strictEqual(server.requests.length, 1);
});

Deno.test("espalier fetch --as and --sha256 name an archive and check it", async () => {
  await using home = await temporaryFolder();
  const archive = await tgz(pictures);
  await using server = serve(archive, { name: "my%20tulips.tgz" });
  const run = (...args: string[]) =>
    runCommand(fetch, { args, home: home.path });
  const unnamed = await run(server.url);
  strictEqual(unnamed.code, 2);
  match(unnamed.stderr, /give it one with --as my-tulips/);
  const wrong = await run(
    ...[server.url, "--as", "a", "--sha256", "0".repeat(64)],
  );
  strictEqual(wrong.code, 1);
  match(wrong.stderr, /expected sha256 0{64}, got [0-9a-f]{64}/);
  const digest = sha256(archive).toUpperCase();
  const right = await run(server.url, "--as", "a", "--sha256", digest);
  strictEqual(right.code, 0, right.stderr);
  match(right.stdout, /Verified: SHA-256 [0-9a-f]{64}, as told/);
});

for (
  const [args, message] of [
    [["inception-v3-npm", "--as", "x"], /--as goes with an archive/],
    [["--sha256", "0".repeat(64)], /--sha256 goes with an archive/],
    [["--list", "--as", "x"], /--as brings nothing with --list/],
    [["http://a.b/c.zip", "--as", "inception-v3-npm"], /There is a model/],
    [["http://a.b/c.zip", "--as", "../c"], /cannot be called "\.\.\/c"/],
    [["http://a.b/c.zip", "--as", "digits"], /cannot be called "digits"/],
    [["http://a.b/c.zip", "--sha256", "12"], /takes the 64 hex digits/],
    [["http://[/c.zip"], /is not an address/],
    [["ftp://a.b/c.zip"], /addresses of ftp: are not fetched/],
    [
      ["flower_photo"],
      /no data set "flower_photo"\. Did you mean flower_photos/,
    ],
    [["docs"], /docs is a folder: give it to train/],
  ] as const
) {
  Deno.test(`espalier fetch ${args.join(" ")} is refused with exit code 2`, async () => {
    await using home = await temporaryFolder();
    const { code, stderr } = await runCommand(fetch, {
      args,
      home: home.path,
    });
    match(stderr, message);
    strictEqual(code, 2);
    deepStrictEqual(home.names(), []);
  });
}
