/**
 * TensorFlow on the CPU as a peer: `tensorflow.ts PYTHON FOLDER`. The Python
 * program does the work; this one is there to be allowed to run it.
 *
 * @module
 */
if (import.meta.main) {
  const [python, folder] = Deno.args;
  const program = new URL("./tensorflow_peer.py", import.meta.url).pathname;
  const { code } = await new Deno.Command(python, {
    args: [program, folder],
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  Deno.exit(code);
}

export {};
