/**
 * Feeds mutants of every file that is read to what reads it. None may crash, take
 * more than 2 s of processor time or 512 MB, throw anything but an `InputError`,
 * or be taken where a checksum should have told.
 *
 *     deno task fuzz [--minutes 1] [--seed 1] [--mutants N] [--target NAME]
 *     deno task fuzz --target NAME --seed 1 --mutant 1234
 *     deno task fuzz --target NAME --file findings/NAME-1-1234.bin
 *
 * The first reads for some minutes, or so many mutants in all, of each target in
 * turn; the others read a finding again. Findings are written to `findings/`.
 * Exits with 1 if there is any.
 */
import { parseArgs } from "@std/cli";
import { join, resolve } from "@std/path";
import process from "node:process";
import { madeOf, type Report, type Work } from "./_child.ts";
import { targets } from "./_targets.ts";

const { values: options } = parseArgs({
  options: {
    minutes: { type: "string" },
    seed: { type: "string", default: "1" },
    mutants: { type: "string" },
    target: { type: "string" },
    mutant: { type: "string" },
    file: { type: "string" },
    out: { type: "string", default: "findings" },
  },
});

const seed = Number(options.seed);
const names = options.target === undefined
  ? Object.keys(targets)
  : [options.target];
if (names.some((name) => !Object.hasOwn(targets, name))) {
  console.error(
    `error: no target ${names[0]}: ${Object.keys(targets).join("; ")}`,
  );
  Deno.exit(2);
}

/** A mutant in hand for so long is killed, in milliseconds; a busy machine gives a process little of its time. */
const patience = 30_000;
/** What JSON has for infinity. */
const endless = Number.MAX_SAFE_INTEGER;
/** Of one target, before the next has its turn. */
const turn = 1_000;

interface Tally {
  read: number;
  taken: number;
  findings: number;
}

const tallies = new Map<string, Tally>(
  names.map((name) => [name, { read: 0, taken: 0, findings: 0 }]),
);

/** A process that reads mutants, and its last words. */
class Reader {
  readonly #process: Deno.ChildProcess;
  readonly #reports: AsyncIterator<Report>;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly folder: string;

  constructor() {
    this.folder = Deno.makeTempDirSync({ prefix: "espalier-fuzz-" });
    this.#process = new Deno.Command("deno", {
      args: [
        ...["run", "--no-prompt", "-R", "-W"],
        ...["--v8-flags=--max-old-space-size=768"],
        ...[new URL("_child.ts", import.meta.url).href, this.folder],
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#reports = reportsOf(this.#process.stdout);
    this.#stdin = this.#process.stdin.getWriter();
  }

  /** The reports of some work; the last is of the death of the process where it did not come to its end. */
  async *do(
    work: Work,
  ): AsyncGenerator<Report | { readonly kind: "died" | "hung" }> {
    await this.#stdin.write(
      new TextEncoder().encode(`${JSON.stringify(work)}\n`),
    );
    for (;;) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const silence = new Promise<"hung">((resolve) => {
        timer = setTimeout(() => resolve("hung"), patience);
      });
      const next = await Promise.race([this.#reports.next(), silence]);
      clearTimeout(timer);
      if (next === "hung") return yield { kind: "hung" };
      if (next.done) return yield { kind: "died" };
      yield next.value;
      if (next.value.kind === "done") return;
    }
  }

  async end(): Promise<void> {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It is gone.
    }
    await this.#process.status;
    await this.#stdin.abort().catch(() => {});
    await Deno.remove(this.folder, { recursive: true });
  }
}

async function* reportsOf(
  stdout: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Report> {
  let rest = "";
  for await (const piece of stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line);
  }
}

/** Does some work and counts it; the number to go on with. */
async function readSome(
  readers: { reader: Reader },
  work: Work,
): Promise<number> {
  const tally = tallies.get(work.target);
  if (!tally) throw new Error(`no target ${work.target}`);
  let number = work.from;
  for await (const report of readers.reader.do(work)) {
    switch (report.kind) {
      case "begin":
        number = report.number;
        tally.read++;
        break;
      case "finding":
        await note(work.target, report);
        break;
      case "done":
        tally.taken += report.taken;
        return report.next;
      case "full":
      case "died":
      case "hung":
        await readers.reader.end();
        readers.reader = new Reader();
        await readAlone(readers, { ...work, from: number }, report.kind);
        return number + work.stride;
      default:
        report satisfies never;
    }
  }
  return number + work.stride;
}

/** Whether a mutant is to blame, or the ones before it. */
async function readAlone(
  readers: { reader: Reader },
  work: Work,
  how: "died" | "full" | "hung",
): Promise<void> {
  const alone = { ...work, count: 1, milliseconds: endless };
  for await (const report of readers.reader.do(alone)) {
    if (report.kind === "finding") return await note(work.target, report);
    if (report.kind === "done") {
      // A process that dies of many mutants is a finding as well; one that was slow is none.
      if (how === "died") {
        await note(work.target, {
          number: work.from,
          what: "the process died, though not of this mutant alone",
        });
      }
      return;
    }
    if (report.kind !== "begin") {
      await readers.reader.end();
      readers.reader = new Reader();
      const what = report.kind === "full"
        ? `took ${Math.round(report.bytes / 2 ** 20)} MB of memory`
        : report.kind === "died"
        ? "the process died"
        : `no end within ${patience / 1000} s`;
      return await note(work.target, { number: work.from, what });
    }
  }
}

async function note(
  target: string,
  { number, what }: { readonly number: number; readonly what: string },
): Promise<void> {
  const tally = tallies.get(target);
  if (tally) tally.findings++;
  console.log(`finding: ${target}, mutant ${number}: ${what}`);
  const again = `deno task fuzz --target "${target}"`;
  console.log(`  again: ${again} --seed ${seed} --mutant ${number}`);
  if (options.file !== undefined) return;
  const name = `${target.replaceAll(/[^a-z.]+/g, "_")}-${seed}-${number}.bin`;
  await Deno.mkdir(options.out, { recursive: true });
  const kept = join(options.out, name);
  await Deno.writeFile(kept, (await madeOf(target, { seed, number })).mutant);
  console.log(`  or:    ${again} --file ${kept}`);
}

/** One of the processes: every target has a turn, until the time or the mutants are used up. */
async function read(
  { index, count, perTarget, end }: {
    readonly index: number;
    readonly count: number;
    readonly perTarget: number;
    readonly end: number;
  },
): Promise<void> {
  const readers = { reader: new Reader() };
  const next = new Map(names.map((name) => [name, index]));
  const isLeft = (name: string) =>
    (next.get(name) ?? 0) < perTarget && performance.now() < end;
  while (names.some(isLeft)) {
    for (const name of names.filter(isLeft)) {
      const from = next.get(name) ?? 0;
      const reached = await readSome(readers, {
        target: name,
        seed,
        from,
        stride: count,
        count: Math.ceil((perTarget - from) / count),
        milliseconds: turn,
      });
      next.set(name, reached);
    }
  }
  await readers.reader.end();
}

async function readOne(): Promise<void> {
  const readers = { reader: new Reader() };
  await readSome(readers, {
    target: names[0],
    seed,
    from: Number(options.mutant ?? 0),
    stride: 1,
    count: 1,
    milliseconds: endless,
    file: options.file && resolve(options.file),
  });
  await readers.reader.end();
}

if (options.mutant !== undefined || options.file !== undefined) await readOne();
else {
  const count = Math.min(navigator.hardwareConcurrency, 8);
  const minutes = Number(options.minutes ?? (options.mutants ? Infinity : 1));
  const perTarget = options.mutants === undefined
    ? endless
    : Math.ceil(Number(options.mutants) / names.length);
  const end = performance.now() + minutes * 60_000;
  await Promise.all(
    Array.from(
      { length: count },
      (_, index) => read({ index, count, perTarget, end }),
    ),
  );
}

const total: Tally = { read: 0, taken: 0, findings: 0 };
for (const [name, { read, taken, findings }] of tallies) {
  total.read += read;
  total.findings += findings;
  const count = String(read).padStart(7);
  console.log(
    `${name.padEnd(20)} ${count} mutants, ${taken} taken, ${findings} findings`,
  );
}
console.log(
  `fuzz: ${total.read} mutants of ${tallies.size} kinds of files, ${total.findings} findings (seed ${seed})`,
);
process.exitCode = total.findings > 0 ? 1 : 0;
