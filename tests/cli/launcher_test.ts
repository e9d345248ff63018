/**
 * The launcher `espalier` around a Deno that writes down what it is called for:
 * only what a call needs is asked for real.
 */
import { deepStrictEqual, match, strictEqual } from "@std/assert";
import { fileURLToPath } from "node:url";
import { inSandbox, type Sandbox } from "./_sandbox.ts";

const launcher = fileURLToPath(import.meta.resolve("../../espalier"));

/** Asked for needs it answers, told to run a command it notes it, and fails at that in `broken`. */
const deno = `#!/bin/sh
case $1 in
--version) echo "deno 2.99.0" ;;
run)
  case "$*" in
  *needs.ts*)
    echo needs >>calls
    exec '${Deno.execPath()}' "$@"
    ;;
  esac
  programs=$(echo "$*" | sed -n 's/.* --allow-run=\\([^ ]*\\).*/\\1/p')
  while [ "$1" != -C ]; do shift; done
  cd "$2"
  shift 2
  echo "$programs" >>programs
  echo "$*" >>calls
  if grep -qs "$1" broken; then exit 3; fi
  ;;
esac
`;

/** Calls the launcher, and gives what it called Deno for. */
async function call(
  sandbox: Sandbox,
  ...args: string[]
): Promise<{ code: number; stderr: string; calls: string[] }> {
  await sandbox.write({ "bin/deno": deno, calls: "" });
  await Deno.chmod(sandbox.path("bin/deno"), 0o755);
  const start = 'PATH=$PWD/bin:$PATH; export PATH; exec sh "$@"';
  const { code, stderr } = await new Deno.Command("sh", {
    args: ["-c", start, "sh", launcher, ...args],
    cwd: sandbox.root,
    // As on a machine that has its driver.
    env: { ESPALIER_HOME: sandbox.path("home"), VK_DRIVER_FILES: "driver" },
  }).output();
  const calls = (await sandbox.text("calls")).trim().split("\n");
  return { code, stderr: new TextDecoder().decode(stderr), calls };
}

Deno.test("espalier train brings the default model and the digits first, and only once", async () => {
  await inSandbox({}, async (sandbox) => {
    const first = await call(sandbox, "train");
    strictEqual(first.code, 0, first.stderr);
    deepStrictEqual(first.calls, [
      "needs",
      "fetch efficientnet-lite0",
      "fetch builtin:digits",
      "train",
    ]);
    match(
      first.stderr,
      /espalier: the store lacks builtin:digits, fetching it/,
    );
    await sandbox.write({
      "home/models/efficientnet-lite0/efficientnet-lite0-57934424.pth.json":
        "{}",
      "home/data/digits/0/000.png": "",
    });
    const again = await call(sandbox, "train");
    deepStrictEqual(again.calls, ["needs", "train"]);
  });
});

Deno.test("espalier train brings nothing that a call does not need, and hands its words on", async () => {
  await inSandbox({}, async (sandbox) => {
    const args = ["train", "my photos", "--model", "net.pb"];
    const { calls } = await call(sandbox, ...args);
    deepStrictEqual(calls, ["needs", args.join(" ")]);
  });
});

Deno.test("espalier train brings a data set that is known by name, unless a folder has the name", async () => {
  await inSandbox({}, async (sandbox) => {
    const args = ["train", "flower_photos", "--model", "net.pb"];
    const first = await call(sandbox, ...args);
    deepStrictEqual(first.calls, [
      "needs",
      "fetch flower_photos",
      args.join(" "),
    ]);
    const record = "home/data/flower_photos/.espalier.json";
    for (const file of [record, "flower_photos/a/1.png"]) {
      await sandbox.write({ [file]: "" });
      const { calls } = await call(sandbox, ...args);
      deepStrictEqual(calls, ["needs", args.join(" ")]);
      await Deno.remove(sandbox.path(file));
    }
  });
});

Deno.test("espalier train stops where a download fails, with its exit code", async () => {
  await inSandbox({ broken: "fetch" }, async (sandbox) => {
    const { code, calls } = await call(sandbox, "train");
    strictEqual(code, 3);
    deepStrictEqual(calls, ["needs", "fetch efficientnet-lite0"]);
  });
});

Deno.test("espalier asks what is needed for no other command where there is a driver", async () => {
  await inSandbox({}, async (sandbox) => {
    for (const name of ["predict", "extract", "inspect", "fetch", "cache"]) {
      deepStrictEqual((await call(sandbox, name)).calls, [name]);
    }
  });
});

Deno.test("espalier fetch may start the package managers that there are, and no other program", async () => {
  await inSandbox({}, async (sandbox) => {
    const script =
      'for one in "$@"; do command -v "$one" >/dev/null && echo "$one"; done; true';
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", script, "sh", "npm", "pip", "pip3", "python3"],
    }).output();
    const present = new TextDecoder().decode(stdout).trim().split("\n");
    await call(sandbox, "fetch");
    const programs = await sandbox.text("programs");
    deepStrictEqual(programs.trim().split(",").join(), present.join());
  });
});
