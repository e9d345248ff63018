/**
 * Where a benchmark runs. What this process may not see is unknown.
 *
 * @module
 */

/** A machine, as far as it is known. */
export interface Machine {
  /** Model name of the processor, or `unknown`. */
  readonly processor: string;
  /** Logical processors. */
  readonly cores: number;
  /** Memory in bytes, or null. */
  readonly memoryBytes: number | null;
  /** Such as `linux x86_64`. */
  readonly system: string;
}

/** What a short program with `--allow-sys` prints. */
const script =
  `import os from "node:os"; console.log(JSON.stringify({ processor: os.cpus()[0]?.model, memoryBytes: os.totalmem() }))`;

/** Asks a child process, since this one may not ask for itself. */
export async function describeMachine(): Promise<Machine> {
  const { os, arch } = Deno.build;
  const facts = {
    cores: navigator.hardwareConcurrency,
    system: `${os} ${arch}`,
  };
  try {
    const { stdout } = await new Deno.Command("deno", {
      args: ["eval", "--no-config", script],
      stderr: "null",
    }).output();
    const { processor, memoryBytes } = JSON.parse(
      new TextDecoder().decode(stdout),
    );
    return {
      ...facts,
      processor: typeof processor === "string" ? processor.trim() : "unknown",
      memoryBytes: typeof memoryBytes === "number" ? memoryBytes : null,
    };
  } catch {
    return { ...facts, processor: "unknown", memoryBytes: null };
  }
}

/** The commit of the checkout that `root` is in, or null where there is none to read. */
export async function readCommit(root: URL): Promise<string | null> {
  try {
    const read = (path: string) =>
      Deno.readTextFile(new URL(`.git/${path}`, root));
    const head = (await read("HEAD")).trim();
    const [, reference] = /^ref: (.+)$/.exec(head) ?? [];
    const commit = reference === undefined
      ? head
      : (await read(reference)).trim();
    return /^[0-9a-f]{40}$/.test(commit) ? commit : null;
  } catch {
    return null;
  }
}
