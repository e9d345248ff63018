/**
 * Reads mutants, as many as it is told to, in a process of its own: what hangs is
 * killed with it, what crashes takes nobody along.
 *
 * Lines in are {@linkcode Work}, lines out {@linkcode Report}.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { InputError } from "../../src/errors.ts";
import { mutantOf } from "./_mutants.ts";
import { type Target, targets } from "./_targets.ts";

/** Which mutants to read. */
export interface Work {
  readonly target: string;
  readonly seed: number;
  /** The first, and how far the next is from the one before. */
  readonly from: number;
  readonly stride: number;
  /** Read at most so many, for at most so long. */
  readonly count: number;
  readonly milliseconds: number;
  /** Reads this file instead. */
  readonly file?: string | undefined;
}

/** What a child says. */
export type Report =
  /** It begins with a mutant. */
  | { readonly kind: "begin"; readonly number: number }
  | {
    readonly kind: "finding";
    readonly number: number;
    readonly what: string;
  }
  /** Its memory is full, of this mutant or of those before; it ends. */
  | { readonly kind: "full"; readonly number: number; readonly bytes: number }
  /** It has done what it was told. */
  | {
    readonly kind: "done";
    readonly next: number;
    readonly taken: number;
  };

/** A mutant's processor time, in milliseconds. */
const longestTime = 2_000;
/** Resident memory of this process, in bytes. */
const mostMemory = 512 * 2 ** 20;

function say(report: Report): void {
  const bytes = new TextEncoder().encode(`${JSON.stringify(report)}\n`);
  for (let done = 0; done < bytes.length;) {
    done += Deno.stdout.writeSync(bytes.subarray(done));
  }
}

const corpora = new Map<string, readonly Uint8Array[]>();

async function filesOf(name: string): Promise<readonly Uint8Array[]> {
  const files = corpora.get(name) ?? await targets[name].files();
  corpora.set(name, files);
  return files;
}

/** A target's mutant, and the file that it was made of. */
export async function madeOf(
  name: string,
  { seed, number }: { readonly seed: number; readonly number: number },
): Promise<ReturnType<typeof mutantOf>> {
  const { form, change, seal } = targets[name];
  const files = await filesOf(name);
  const { mutant, original } = mutantOf(files, { form, seed, number, change });
  return { mutant: seal?.(mutant) ?? mutant, original };
}

/** Whether it was taken, or what is wrong with what happened. */
export async function judge(
  target: Target,
  mutant: Uint8Array<ArrayBuffer>,
  { longest = longestTime, ...from }: Parameters<Target["read"]>[1] & {
    /** Processor time, in milliseconds [2,000]. */
    readonly longest?: number;
  },
): Promise<boolean | string> {
  const before = process.cpuUsage();
  let outcome: boolean | string;
  try {
    outcome = await target.read(mutant, from);
  } catch (error) {
    outcome = error instanceof InputError
      ? false
      : error instanceof Error
      ? error.stack ?? error.message
      : `threw ${String(error)}`;
  }
  const { user, system } = process.cpuUsage(before);
  const spent = (user + system) / 1000;
  if (spent > longest) return `took ${Math.round(spent)} ms of processor time`;
  return outcome;
}

async function work(
  { target: name, seed, from, stride, count, milliseconds, file }: Work,
  folder: string,
): Promise<void> {
  const target = targets[name];
  const end = performance.now() + milliseconds;
  let taken = 0;
  let number = from;
  for (let done = 0; done < count && performance.now() < end; done++) {
    const made = await madeOf(name, { seed, number });
    const { original } = made;
    const mutant = file === undefined ? made.mutant : await Deno.readFile(file);
    say({ kind: "begin", number });
    let outcome = await judge(target, mutant, { folder, original });
    // Once may be the compiler's, or the collector's of garbage.
    if (typeof outcome === "string") {
      outcome = await judge(target, mutant, { folder, original });
    }
    if (typeof outcome === "string") {
      say({ kind: "finding", number, what: outcome });
    } else if (outcome) taken++;
    const { rss } = Deno.memoryUsage();
    if (rss > mostMemory) {
      say({ kind: "full", number, bytes: rss });
      Deno.exit();
    }
    number += stride;
  }
  say({ kind: "done", next: number, taken });
}

if (import.meta.main) {
  const [folder] = Deno.args;
  for await (const line of createInterface({ input: process.stdin })) {
    const asked: Work = JSON.parse(line);
    await work(asked, folder);
  }
}
