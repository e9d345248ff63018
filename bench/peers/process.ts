/**
 * A peer's process: a crash of one is an error here and nothing else.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { TextLineStream } from "./lines.ts";
import type { PeerAnswer, PeerRequest } from "./serve.ts";

/** A peer that answers. */
export interface PeerProcess {
  /** @throws {Error} with what it says if it cannot, with its last words if it has died. */
  ask(request: PeerRequest): Promise<PeerAnswer>;
  /** Ends it. */
  close(): Promise<void>;
}

/** How much of what it says on stderr is kept. */
const keptLines = 40;

/**
 * Their packages have a configuration and a lock of their own: Deno fetches all
 * that a lock lists, and hundreds of megabytes are of use to benchmarks alone.
 */
const config = fileURLToPath(new URL("./deno.json", import.meta.url));

/** Starts `deno run ARGS` with the peers' packages. */
export function startPeer(args: readonly string[]): PeerProcess {
  const child = new Deno.Command("deno", {
    args: ["run", "--config", config, "--frozen", "--no-prompt", "--quiet"]
      .concat(args),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const words: string[] = [];
  const listening = keepLines(child.stderr, words);
  const answers = linesOf(child.stdout);
  const requests = child.stdin.getWriter();
  return {
    async ask(request) {
      const bytes = new TextEncoder().encode(`${JSON.stringify(request)}\n`);
      // A dead child's pipe is broken; its answers end, too, which says more.
      await requests.write(bytes).catch(() => {});
      for (;;) {
        const { value, done } = await answers.next();
        if (done) {
          await listening;
          throw new Error(lastWords(words, await child.status));
        }
        // Engines print greetings of their own.
        if (!/^\{.*"version":/.test(value)) continue;
        const answer: PeerAnswer = JSON.parse(value);
        if (answer.problem !== undefined) throw new Error(answer.problem);
        return answer;
      }
    },
    async close() {
      await requests.close().catch(() => {});
      try {
        child.kill();
      } catch {
        // It has ended by itself.
      }
      await child.status;
      await answers.return(undefined);
      await listening;
    },
  };
}

async function* linesOf(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string> {
  yield* stream.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
}

async function keepLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  kept: string[],
): Promise<void> {
  for await (const line of linesOf(stream)) {
    kept.push(line);
    if (kept.length > keptLines) kept.shift();
  }
}

/** The line that says what went wrong, as far as one can tell. */
function lastWords(
  words: readonly string[],
  { code, signal }: Deno.CommandStatus,
): string {
  const said =
    words.findLast((line) => /error|panick|cannot|no module/i.test(line)) ??
      words.at(-1);
  const end = signal === null ? `exit code ${code}` : `signal ${signal}`;
  return `it ended with ${end}${said === undefined ? "" : `: ${said.trim()}`}`;
}
