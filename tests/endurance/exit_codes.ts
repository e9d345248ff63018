/**
 * Whether commands end with the code of their work, on a machine that has other
 * work: runs every way to end again and again beside busy loops, and counts.
 *
 *     deno task endure:exits [--runs 500] [--busy 6] [--lanes 3] [--seed 1]
 *         [--only Ctrl-C]
 *
 * Exits with 1 if a code was another than it should be.
 */
import { parseArgs } from "@std/cli";
import { Random } from "../../src/bytes/mod.ts";
import { inSandbox, photos, type Sandbox } from "../cli/_sandbox.ts";
import { relu, texts } from "./_inputs.ts";

/** A command, and the code it ends with. */
interface Ending {
  readonly name: string;
  readonly command: string;
  args(number: number): readonly string[];
  readonly code: number;
  /** Milliseconds after which it gets a signal, at most [none]. */
  readonly interruptWithin?: number;
  /** Whether the reader of stdout goes away at once [no]. */
  readonly closesStdout?: boolean;
}

const net = ["--model", "net.pb", "--bottleneck-tensor", "features:0"];
const feed = ["net/relu.pb", "--feed", "x:0=net/x.npy", "--fetch", "y:0"];
const head = ["--bottlenecks", "texts", "--steps"];

const endings: readonly Ending[] = [
  {
    name: "a graph on the GPU",
    command: "run",
    args: () => feed,
    code: 0,
  },
  {
    name: "a finished run is resumed",
    command: "train",
    args: () => ["--resume", "done"],
    code: 0,
  },
  {
    name: "a refusal while the GPU is being opened",
    command: "extract",
    args: (number) => [
      ...["photos", "--model", "net.pb", "--bottleneck-tensor", "none:0"],
      ...["--npy", `${number}.npy`],
    ],
    code: 1,
  },
  {
    name: "a refusal after it was opened",
    command: "run",
    args: () => [...feed, "--feed", "z:0=net/x.npy"],
    code: 1,
  },
  {
    name: "a usage error",
    command: "predict",
    args: () => ["done", "--no-such-option"],
    code: 2,
  },
  {
    name: "photos through a network",
    command: "extract",
    args: (number) => ["photos", ...net, "--npy", `${number}.npy`],
    code: 0,
  },
  {
    name: "a session that is closed on the way",
    command: "extract",
    args: (number) => [
      ...["photos", ...net, "--precision", "f16", "--limit", "3"],
      ...["--npy", `${number}.npy`],
    ],
    code: 0,
  },
  {
    name: "a gate that fails",
    command: "train",
    args: (number) => [
      ...[...head, "3", "--out", `gate ${number}`],
      ...["--assert-accuracy", "1"],
    ],
    code: 3,
  },
  {
    name: "Ctrl-C at any moment",
    command: "train",
    args: (number) => [...head, "2000000", "--out", `interrupted ${number}`],
    code: 130,
    interruptWithin: 3000,
  },
  {
    name: "a reader that goes away",
    command: "run",
    args: () => [...feed, "--json"],
    code: 0,
    closesStdout: true,
  },
];

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "500" },
    busy: { type: "string", default: "6" },
    /** Commands at once. */
    lanes: { type: "string", default: "3" },
    seed: { type: "string", default: "1" },
    /** What the names of endings begin with. */
    only: { type: "string", default: "" },
  },
});

const runs = Number(values.runs);
const chosen = endings.filter(({ name }) => name.startsWith(values.only));

/** Loops that only take time, until they are stopped. */
function keepBusy(count: number): () => Promise<void> {
  const loops = Array.from(
    { length: count },
    () =>
      new Deno.Command("sh", { args: ["-c", "while :; do :; done"] }).spawn(),
  );
  return async () => {
    for (const loop of loops) loop.kill("SIGKILL");
    await Promise.all(loops.map(({ status }) => status));
  };
}

/** Runs a command to its end. */
async function codeOf(
  sandbox: Sandbox,
  { command, args, interruptWithin, closesStdout }: Ending,
  { number, random }: { readonly number: number; readonly random: Random },
): Promise<{ code: number; isSignal: boolean; stderr: string }> {
  const child = sandbox.spawn(command, args(number));
  const stderr = new Response(child.stderr).text();
  const read = closesStdout
    ? child.stdout.cancel()
    : new Response(child.stdout).text();
  if (interruptWithin !== undefined) {
    // Not before the process listens: until then the signal itself is what ends it.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const more = random.below(interruptWithin);
    await new Promise((resolve) => setTimeout(resolve, more));
    child.kill("SIGINT");
  }
  await read;
  const { code, signal } = await child.status;
  return { code, isSignal: signal !== null, stderr: await stderr };
}

await inSandbox({ ...photos(), ...texts(), ...relu() }, async (sandbox) => {
  const made = await sandbox.task("train", [...head, "3", "--out", "done"]);
  if (made.code !== 0) throw new Error(made.stderr);
  const random = Random.seeded(Number(values.seed));
  const stop = keepBusy(Number(values.busy));
  const counts = new Map(
    chosen.map(({ name }) => [name, { runs: 0, wrong: 0, signals: 0 }]),
  );
  const started = performance.now();
  let next = 0;
  const lane = async () => {
    for (let number = next++; number < runs; number = next++) {
      const ending = chosen[number % chosen.length];
      const { code, isSignal, stderr } = await codeOf(sandbox, ending, {
        number,
        random,
      });
      const count = counts.get(ending.name);
      if (count) count.runs++;
      if (count && isSignal) count.signals++;
      if (code === ending.code) continue;
      if (count) count.wrong++;
      console.log(`${number}: ${ending.name}: ${code}, not ${ending.code}`);
      console.log(stderr);
    }
  };
  try {
    await Promise.all(Array.from({ length: Number(values.lanes) }, lane));
  } finally {
    await stop();
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`beside ${values.busy} busy loops, in ${seconds} s`);
  let wrong = 0;
  for (const [name, count] of counts) {
    wrong += count.wrong;
    const signals = count.signals > 0 ? `, ${count.signals} by the signal` : "";
    console.log(
      `${name}: ${count.wrong} of ${count.runs} codes wrong${signals}`,
    );
  }
  console.log(`${wrong} of ${runs} codes wrong`);
  if (wrong > 0) Deno.exitCode = 1;
});
