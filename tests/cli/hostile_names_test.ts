import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import { join } from "@std/path";
import { commands } from "../../src/cli/commands.ts";
import { runCommand } from "../../src/cli/testing.ts";
import { encodeNpy } from "../../src/bytes/mod.ts";
import { featureNodes } from "../../src/features/testing.ts";
import { encodeGraphDef } from "../../src/graph/mod.ts";
import { graphOf, placeholder } from "../../src/graph/testing.ts";
import { inSandbox, photos, type Sandbox } from "./_sandbox.ts";

/** Sets a title, clears the screen, turns the line around, begins a line of its own. */
const hostile = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\u2028\nerror: forged";

/** In lists of one name a line. */
const inLine = hostile.replace("\n", "");

const label = `red${inLine}`;

/** What no terminal may be given; a line feed ends a line. */
const unprintable = /[[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]--[\n]]/v;

Deno.test("no command prints a name that moves the cursor, turns the line around or passes for another line, and JSON holds it exactly", async () => {
  const folder = `photos ${hostile}`;
  const pictures = Object.entries(photos([label, "blue"]));
  const files = Object.fromEntries(
    pictures.map(([name, bytes]) => [name.replace("photos", folder), bytes]),
  );
  const bad = { [`${folder}/blue/bad${inLine}.jpg`]: "no picture" };
  const name = `in${hostile}`;
  const graph = encodeGraphDef(
    graphOf(placeholder(name, [1, 8, 8, 3]), ...featureNodes(name)),
  );
  const net = `net${hostile}.pb`;
  await inSandbox({ ...files, ...bad, [net]: graph }, async (sandbox) => {
    const path = (name: string) => sandbox.path(name);
    const data = new Float32Array(192);
    const npy = encodeNpy({ shape: [1, 8, 8, 3], data });
    await sandbox.write({ [`x${hostile}.npy`]: npy });
    const run = path(`run${hostile}`);
    const model = ["--model", path(net), "--bottleneck-tensor", "features:0"];
    const calls: Readonly<Record<string, readonly (readonly string[])[]>> = {
      train: [
        [path(folder), ...model, "--out", run, "--steps", "2"],
        ["--resume", run],
        [path(folder), `--${hostile}`],
        [path(`no${hostile}`)],
      ],
      predict: [
        [run, path(folder), "--grid", path(`g${hostile}.svg`)],
        [path(`no${hostile}`), path(folder)],
        [run, path(`no${hostile}`)],
      ],
      eval: [[run, path(folder)]],
      compare: [[run, "--out", path(`c${hostile}.svg`)]],
      export: [[run, "--out", path(`e${hostile}`)]],
      convert: [
        [path(net), "--to", "onnx", "--out", path(`o${hostile}.onnx`)],
        [path(net), "--to", hostile],
        [path(`no${hostile}`), "--to", "onnx"],
      ],
      extract: [
        [path(folder), ...model],
        [path(folder), ...model, "--npy", path(`y${hostile}.npy`)],
      ],
      run: [
        [
          ...[path(net), "--fetch", "features:0"],
          ...["--feed", `${name}:0=${path(`x${hostile}.npy`)}`],
        ],
        [path(net), "--fetch", hostile],
      ],
      inspect: [
        [path(net), "--nodes", "--program"],
        [path(net), "--freeze-until", hostile],
      ],
      fetch: [["--list"], [hostile]],
      cache: [[], ["clean"], [hostile]],
      // It prints the home's path before it tests kernels, which takes long.
      doctor: [[hostile]],
    };
    deepStrictEqual(
      Object.keys(calls).sort(),
      commands.map(({ name }) => name).sort(),
    );
    for (const [command, lines] of Object.entries(calls)) {
      for (const [index, args] of lines.entries()) {
        // The first one of each works, but for that of doctor.
        const isRight = index === 0 && command !== "doctor";
        await checkCall(sandbox, { command, args, isRight });
      }
    }
    const record = JSON.parse(await Deno.readTextFile(join(run, "run.json")));
    deepStrictEqual(record.labels, ["blue", label]);
    for (const file of ["run.json", "log.jsonl", "report.html", "grid.svg"]) {
      const text = await Deno.readTextFile(join(run, file));
      ok(!unprintable.test(text), file);
    }
    for (const file of ["split.csv", "predictions.csv", "skipped.csv"]) {
      const text = await Deno.readTextFile(join(run, file));
      ok(!unprintable.test(text.replaceAll("\t", "")), file);
    }
  });
});

/** Runs a command for people, and for programs. */
async function checkCall(
  sandbox: Sandbox,
  { command, args, isRight }: {
    command: string;
    args: readonly string[];
    isRight: boolean;
  },
): Promise<void> {
  const known = commands.find(({ name }) => name === command);
  if (!known) throw new Error(`there is no command ${command}`);
  const home = sandbox.path(`home${hostile}`);
  const { code, stdout, stderr } = await runCommand(known, { args, home });
  const printed = stdout + stderr;
  ok(printed !== "", command);
  if (isRight) strictEqual(code, 0, printed);
  const at = unprintable.exec(printed)?.index ?? -1;
  strictEqual(at, -1, `${command}: ${JSON.stringify(printed.slice(at - 50))}`);
  ok(!/^error: forged/m.test(printed), printed);
  const json = await runCommand(known, { args: [...args, "--json"], home });
  ok(!unprintable.test(json.stdout + json.stderr));
  for (const line of json.stdout.split("\n").filter(Boolean)) {
    match(line, /^\{.*\}$/);
    JSON.parse(line);
  }
}
