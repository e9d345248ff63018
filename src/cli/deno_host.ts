/**
 * The process as the frame sees it. The only file of the frame that knows Deno.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { version } from "../version.ts";
import type { Host } from "./main.ts";
import type { Stream } from "./progress.ts";

/** A width for output that no terminal shows. */
const defaultColumns = 80;

export function createDenoHost(): Host {
  return {
    stdout: createStream(Deno.stdout),
    stderr: createStream(Deno.stderr, { mayFail: true }),
    clock: {
      now: () => performance.now(),
      every(milliseconds, tick) {
        const timer = setInterval(tick, milliseconds);
        return () => clearInterval(timer);
      },
    },
    version,
    changeDirectory(path) {
      try {
        Deno.chdir(path);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
        throw new UsageError(`-C ${path}: there is no such folder`);
      }
    },
    onInterrupt(listener) {
      Deno.addSignalListener("SIGINT", listener);
      return () => Deno.removeSignalListener("SIGINT", listener);
    },
  };
}

/** What a stream writes to. */
interface Target {
  writeSync(bytes: Uint8Array): number;
  isTerminal(): boolean;
}

/**
 * After the reader has gone (`espalier predict ... | head`) the rest is dropped,
 * and the work goes on; so it is where the stream may fail, as nobody could be told.
 */
export function createStream(
  target: Target,
  { mayFail = false }: { readonly mayFail?: boolean } = {},
): Stream {
  const encoder = new TextEncoder();
  const isTerminal = target.isTerminal();
  let isOpen = true;
  return {
    isTerminal,
    hasColors: isTerminal && !Deno.noColor,
    columns() {
      return isTerminal ? Deno.consoleSize().columns : defaultColumns;
    },
    write(text) {
      if (!isOpen) return;
      try {
        writeAll(target, encoder.encode(text));
      } catch (error) {
        if (!mayFail && !(error instanceof Deno.errors.BrokenPipe)) throw error;
        isOpen = false;
      }
    },
  };
}

function writeAll(target: Target, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += target.writeSync(bytes.subarray(written));
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      // A pipe that another process has made non-blocking is full: it has to wait for its reader.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
