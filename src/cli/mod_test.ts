import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";

/** A process with commands of its own, for what only a real one shows. */
const program = `
import { defineCommand } from "${import.meta.resolve("./command.ts")}";
import { runProcess } from "${import.meta.resolve("./process.ts")}";
const bare = { summary: "", examples: [], options: {}, positionals: {} };
const wait = defineCommand({ ...bare, name: "wait", async run({ terminal, interruption }) {
  interruption.resumeWith("espalier wait");
  terminal.line("ready");
  terminal.progress({ label: "wait" });
  await new Promise((resolve) => setTimeout(resolve, 60_000));
  return 0;
} });
const flood = defineCommand({ ...bare, name: "flood", async run({ terminal }) {
  for (let index = 0; index < 100_000; index++) terminal.line("0123456789");
  terminal.warn("worked to the end");
  return 0;
} });
const busy = "data:text/javascript,self.postMessage(0); while (true);";
const abandon = defineCommand({ ...bare, name: "abandon", async run({ terminal }) {
  const worker = new Worker(busy, { type: "module" });
  await new Promise((resolve) => worker.onmessage = resolve);
  worker.terminate();
  terminal.line("x".repeat(1e6));
  return 3;
} });
const late = defineCommand({ ...bare, name: "late", async run() {
  setTimeout(() => { throw new Error("a timer failed"); });
  await new Promise((resolve) => setTimeout(resolve, 60_000));
  return 0;
} });
await runProcess([wait, flood, abandon, late]);
`;

function spawn(args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command("deno", {
    args: ["run", "--no-prompt", ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  }).spawn();
}

async function spawnProgram(command: string): Promise<Deno.ChildProcess> {
  const child = spawn(["-", command]);
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(program));
  await writer.close();
  return child;
}

/** The first text of a stream; the rest is thrown away, and so is the pipe. */
async function firstText(stream: ReadableStream<Uint8Array>): Promise<string> {
  for await (const chunk of stream) return new TextDecoder().decode(chunk);
  return "";
}

Deno.test("espalier --help runs without any permission", async () => {
  const child = spawn([import.meta.resolve("./mod.ts"), "--help"]);
  await child.stdin.close();
  const { code, stdout } = await child.output();
  strictEqual(code, 0);
  match(new TextDecoder().decode(stdout), /^Train an image classifier/);
});

Deno.test("espalier exits with 2 at a command that is not there", async () => {
  const child = spawn([import.meta.resolve("./mod.ts"), "zebra"]);
  await child.stdin.close();
  const { code, stderr } = await child.output();
  deepStrictEqual(
    { code, stderr: new TextDecoder().decode(stderr) },
    {
      code: 2,
      stderr: "error: unknown command zebra. See espalier --help\n",
    },
  );
});

Deno.test("Ctrl-C ends a command that does not heed it with 130 within two seconds", async () => {
  const child = await spawnProgram("wait");
  const stderr = new Response(child.stderr).text();
  strictEqual(await firstText(child.stdout), "ready\n");
  const pressed = performance.now();
  child.kill("SIGINT");
  const { code } = await child.status;
  strictEqual(code, 130);
  ok(performance.now() - pressed < 2_000);
  match(await stderr, /interrupted; go on with: espalier wait\n$/);
});

Deno.test("a reader that goes away does not end the work", async () => {
  const child = await spawnProgram("flood");
  const stderr = new Response(child.stderr).text();
  match(await firstText(child.stdout), /^0123456789\n/);
  const { code } = await child.status;
  strictEqual(code, 0);
  match(await stderr, /^warning: worked to the end\n$/);
});

Deno.test("a process ends with its command's code, all written, though a terminated worker is busy", async () => {
  const child = await spawnProgram("abandon");
  const [{ code }, stdout] = await Promise.all([
    child.status,
    new Response(child.stdout).text(),
    child.stderr.cancel(),
  ]);
  strictEqual(code, 3);
  strictEqual(stdout.length, 1e6 + 1);
});

Deno.test("what nobody waits for ends the process with 1 and a sentence", async () => {
  const child = await spawnProgram("late");
  await child.stdout.cancel();
  const stderr = await new Response(child.stderr).text();
  strictEqual((await child.status).code, 1);
  match(stderr, /^error: this is a bug in espalier: a timer failed .*\n$/);
});
