import { strictEqual, throws } from "@std/assert";
import { createStream } from "./deno_host.ts";

/** A pipe that takes three bytes, then none until it is asked again. */
function slowPipe() {
  let text = "";
  let calls = 0;
  return {
    isTerminal: () => false,
    writeSync(bytes: Uint8Array) {
      if (calls++ % 2 === 1) throw new Deno.errors.WouldBlock("full");
      const part = bytes.subarray(0, 3);
      text += new TextDecoder().decode(part);
      return part.length;
    },
    text: () => text,
  };
}

Deno.test("createStream() writes all to a pipe that another process made non-blocking", () => {
  const pipe = slowPipe();
  createStream(pipe).write("0123456789");
  strictEqual(pipe.text(), "0123456789");
});

Deno.test("createStream() drops the rest when the reader has gone, and any failure where it may fail", () => {
  const failing = (error: Error) => ({
    isTerminal: () => false,
    writeSync(): number {
      throw error;
    },
  });
  createStream(failing(new Deno.errors.BrokenPipe())).write("gone");
  const full = failing(new Error("No space left on device"));
  createStream(full, { mayFail: true }).write("nobody hears of it");
  throws(() => createStream(full).write("a result"), /No space left/);
});
