import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import { commands } from "../../src/cli/commands.ts";
import { inSandbox, photos, taskArguments, tasks } from "./_sandbox.ts";

/** What brings packages; Python, because pip may be a module of it alone. */
const packageManagers = "--allow-run=npm,pip,pip3,python3";

const names = commands.map(({ name }) => name);

/** The permission flags of a task. */
function permissions(name: string): string[] {
  return taskArguments(name, "/").filter((word) =>
    /^(-[A-Z]|--(allow|deny|unstable))/.test(word) && word !== "-C"
  );
}

Deno.test("./espalier runs each command with the permissions of its task", async () => {
  const launcher = await Deno.readTextFile(
    new URL("../../espalier", import.meta.url),
  );
  const listed = /^(train \|.+)\)\n {2}run_task/m.exec(launcher)?.[1];
  deepStrictEqual(
    listed?.split(" | ").sort(),
    commands.map(({ name }) => name).sort(),
  );
});

Deno.test("every command has a task, with what the command line imports and the files it needs", () => {
  // Deno fetches all that a lock lists, and that at the root lists what tests take, too.
  const lock = "--lock=src/cli/deno.lock";
  const files = "-R -W -E=HOME,XDG_CACHE_HOME,ESPALIER_HOME";
  for (const name of names) {
    const more = name === "fetch" ? ` --allow-net ${packageManagers}` : "";
    strictEqual(
      tasks[name],
      `deno run ${lock} --no-prompt ${files}${more} src/cli/mod.ts -C "$INIT_CWD" ${name}`,
    );
  }
});

Deno.test("no command may do all, call foreign code or start programs, but fetch package managers", () => {
  for (const name of names) {
    const given = permissions(name);
    const wide = given.filter((flag) =>
      /^(-A|--allow-(all|ffi|sys|hrtime)|--unstable|-S)/.test(flag)
    );
    deepStrictEqual(wide, [], name);
    const runs = given.filter((flag) => flag.startsWith("--allow-run"));
    deepStrictEqual(runs, name === "fetch" ? [packageManagers] : [], name);
    const net = given.filter((flag) => /^(-N|--allow-(net|import))/.test(flag));
    deepStrictEqual(net, name === "fetch" ? ["--allow-net"] : [], name);
  }
});

Deno.test("commands see the environment's names that they need, and no others", () => {
  const known = [
    ...["HOME", "XDG_CACHE_HOME", "ESPALIER_HOME"],
  ];
  for (const name of names) {
    const flag = permissions(name).find((word) => word.startsWith("-E"));
    match(flag ?? "", /^-E=/, name);
    const unknown = flag?.slice(3).split(",").filter((word) =>
      !known.includes(word)
    );
    deepStrictEqual(unknown, [], name);
  }
});

Deno.test("train, predict, eval and export need no more than their tasks' permissions", async () => {
  await inSandbox(photos(), async (sandbox) => {
    // Relative paths and the default folder: both start where the user is.
    const model = ["--model", "net.pb", "--bottleneck-tensor", "features:0"];
    const steps = ["--steps", "2", "--json"];
    const trained = await sandbox.task("train", ["photos", ...model, ...steps]);
    strictEqual(trained.code, 0, trained.stderr);
    const last = JSON.parse(trained.stdout.trim().split("\n").at(-1) ?? "");
    strictEqual(last.run, "runs/photos-1");
    const again = [
      ["predict", last.run, "photos/red/1.png", "--grid", "grid.png"],
      ["eval", last.run, "photos"],
      ["export", last.run, "--to", "graphdef", "--out", "out"],
    ];
    const results = await Promise.all(
      again.map(([name, ...args]) => sandbox.task(name, args)),
    );
    for (const { code, stderr } of results) strictEqual(code, 0, stderr);
    match(results[0].stdout, /^photos\/red\/1\.png {2}/);
    match(results[1].stdout, /^accuracy /);
    strictEqual(
      results[2].stdout,
      "out/retrained_graph.pb\nout/labels.txt\n",
    );
    strictEqual(await sandbox.text("out/labels.txt"), "blue moon\nred\n");
    ok((await sandbox.bytes("grid.png")).length > 100);
  });
});

Deno.test("a command prints no colours and no cursor movements into a pipe", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const { stdout, stderr } = await sandbox.task("train", [
      ...["photos", "--model", "net.pb", "--bottleneck-tensor", "features:0"],
      ...["--steps", "2"],
    ], { env: { NO_COLOR: "" } });
    for (const control of ["\x1b", "\r"]) {
      ok(!(stdout + stderr).includes(control), stderr);
    }
  });
});
