/**
 * Whether work that is killed at any moment ends, after the same command or the
 * resuming one, with the bytes of work that never was: kills extract, the training
 * of a head and of a network, and fetch, at moments that a seed draws.
 *
 *     deno task endure:kills [--kills 40] [--seed 1] [--only extract,head,network,fetch]
 *
 * `fetch` asks npm's registry for `builtin:digits`. Exits with 1 if anything differs.
 */
import { deepStrictEqual } from "@std/assert";
import { parseArgs } from "@std/cli";
import { join } from "@std/path";
import { Random, sha256 } from "../../src/bytes/mod.ts";
import { inSandbox, photos, type Sandbox } from "../cli/_sandbox.ts";
import { texts } from "./_inputs.ts";

/** Work that is killed, and what of it must not show that. */
interface Work {
  readonly command: string;
  /** The command line that begins it; `name` is where its result goes. */
  args(name: string): readonly string[];
  /** The command line that goes on where there is something already. */
  resume?(name: string): readonly string[];
  /** What lies in the sandbox before its first call and goes with the next. */
  readonly cleared: readonly string[];
  /** Paths of the result: files, or folders as a whole. */
  results(name: string): readonly string[];
}

const kept = (run: string) =>
  ["model", "batches.csv", "results.csv", "predictions.csv", "split.csv"]
    .map((name) => `${run}/${name}`);
const resume = (name: string) => ["--resume", name];

const works: Readonly<Record<string, Work>> = {
  extract: {
    command: "extract",
    args: (name) => [
      ...["photos", "--model", "net.pb", "--bottleneck-tensor", "features:0"],
      ...["--npy", `${name}.npy`],
    ],
    cleared: ["home"],
    results: (name) => [`${name}.npy`],
  },
  head: {
    command: "train",
    args: (name) => [
      ...["--bottlenecks", "texts", "--steps", "1500", "--seed", "5"],
      ...["--out", name],
    ],
    resume,
    cleared: [],
    results: kept,
  },
  network: {
    command: "train",
    args: (name) => [
      ...["photos", "--model", "small-cnn", "--mode", "scratch"],
      ...["--input-size", "12", "--hidden", "8", "--batch", "4"],
      ...["--dropout", "0.3", "--augment", "all", "--epochs", "15"],
      ...["--out", name],
    ],
    resume,
    cleared: [],
    results: kept,
  },
  fetch: {
    command: "fetch",
    args: () => ["builtin:digits"],
    cleared: ["home"],
    results: () => ["home"],
  },
};

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "40" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: Object.keys(works).join() },
  },
});

/** Digests of all files below some paths, by path; records of when and where are left out. */
async function digestsOf(
  sandbox: Sandbox,
  paths: readonly string[],
  as: string,
): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  const visit = async (path: string, shown: string): Promise<void> => {
    const { isDirectory } = await Deno.stat(path);
    if (!isDirectory) {
      digests[shown] = sha256(await Deno.readFile(path));
      return;
    }
    for await (const { name } of Deno.readDir(path)) {
      await visit(join(path, name), `${shown}/${name}`);
    }
  };
  for (const path of paths) {
    await visit(sandbox.path(path), path.replace(as, "result"));
  }
  return digests;
}

async function clear(sandbox: Sandbox, paths: readonly string[]) {
  for (const path of paths) {
    await Deno.remove(sandbox.path(path), { recursive: true }).catch(() => {});
  }
}

/** Lets a command run for so long, and kills it; false if it had ended by then. */
async function killAfter(
  sandbox: Sandbox,
  { command, args, milliseconds }: {
    readonly command: string;
    readonly args: readonly string[];
    readonly milliseconds: number;
  },
): Promise<boolean> {
  const child = sandbox.spawn(command, args);
  const output = child.output();
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended.
  }
  return (await output).signal === "SIGKILL";
}

/** Kills some work so many times in all, and says how it went on. */
async function endure(
  name: string,
  { kills, random }: { readonly kills: number; readonly random: Random },
): Promise<number> {
  const work = works[name];
  const { command, args, cleared } = work;
  let wrong = 0, killed = 0;
  await inSandbox(
    { ...photos(undefined, { each: 40 }), ...texts() },
    async (sandbox) => {
      const started = performance.now();
      const whole = await sandbox.task(command, args("whole"));
      const took = performance.now() - started;
      if (whole.code !== 0) throw new Error(whole.stderr);
      const expected = await digestsOf(sandbox, work.results("whole"), "whole");
      for (let number = 0; killed < kills; number++) {
        const result = `killed${number}`;
        await clear(sandbox, cleared);
        let next = args(result);
        // One to three kills before it may end.
        for (
          let times = 1 + random.below(3);
          times > 0 && killed < kills;
          times--
        ) {
          const milliseconds = random.below(Math.ceil(took));
          const work = { command, args: next, milliseconds };
          if (!await killAfter(sandbox, work)) break;
          killed++;
          next = await nextArgs(sandbox, name, result);
        }
        const { code, stderr } = await sandbox.task(command, next);
        try {
          if (code !== 0) throw new Error(`code ${code}: ${stderr}`);
          const found = await digestsOf(sandbox, work.results(result), result);
          deepStrictEqual(found, expected);
        } catch (error) {
          wrong++;
          console.log(`${name} ${number}: ${error}`);
        }
      }
      console.log(
        `${name}: ${killed} kills within ${
          (took / 1000).toFixed(1)
        } s, ${wrong} results wrong`,
      );
    },
  );
  return wrong;
}

/** What goes on: the resuming command as soon as there is a run, before that the same again. */
async function nextArgs(
  sandbox: Sandbox,
  name: string,
  result: string,
): Promise<readonly string[]> {
  const { args, resume } = works[name];
  const hasRun = await Deno.stat(sandbox.path(`${result}/run.json`))
    .then(() => true, () => false);
  return hasRun && resume ? resume(result) : args(result);
}

const random = Random.seeded(Number(values.seed));
const names = values.only.split(",");
console.log(`seed ${values.seed}`);
let wrong = 0;
for (const name of names) {
  const kills = Math.ceil(Number(values.kills) / names.length);
  wrong += await endure(name, { kills, random });
}
console.log(`${values.kills} kills, ${wrong} results wrong`);
if (wrong > 0) Deno.exitCode = 1;
