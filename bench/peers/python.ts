/**
 * A Python program as a peer: `python.ts PYTHON PROGRAM [ARGUMENT ...]`. The
 * program does the work; this one is there to be allowed to run it.
 *
 * @module
 */
if (import.meta.main) {
  const [python, program, ...args] = Deno.args;
  const path = new URL(`./${program}`, import.meta.url).pathname;
  const { code } = await new Deno.Command(python, {
    args: [path, ...args],
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  Deno.exit(code);
}

export {};
