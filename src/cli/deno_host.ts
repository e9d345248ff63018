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
    stderr: createStream(Deno.stderr),
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

/** After the reader has gone (`espalier predict ... | head`) the rest is dropped, and the work goes on. */
function createStream(
  target: { writeSync(bytes: Uint8Array): number; isTerminal(): boolean },
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
      let bytes = encoder.encode(text);
      try {
        while (bytes.length > 0) {
          bytes = bytes.subarray(target.writeSync(bytes));
        }
      } catch (error) {
        if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
        isOpen = false;
      }
    },
  };
}
