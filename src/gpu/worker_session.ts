/**
 * A session in a Worker: a readback blocks the JS thread it is called on for as
 * long as the GPU works, and there it blocks nobody.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { driverFarewell } from "./device.ts";
import type { AdapterFacts, Session } from "./session.ts";

type Method = Exclude<keyof Session, "adapter">;
type Arguments = { readonly [M in Method]: Readonly<Parameters<Session[M]>> };
type Results = { [M in Method]: Awaited<ReturnType<Session[M]>> };

/** A session's methods as they are called from afar. */
export type Callees = {
  [M in Method]: (...args: Arguments[M]) => Promise<Results[M]>;
};

/** A method and what it is called with. Constants are written one by one before. */
export interface Call<M extends Method = Method> {
  readonly method: M;
  readonly args: Arguments[M];
}

/**
 * What the page asks of the worker: first of all, to open the adapter; before its
 * process ends, to say when all that was asked has been done, or to free all but the
 * device.
 */
export type Request =
  | "open"
  | "settle"
  | "empty"
  | { readonly [M in Method]: Call<M> }[Method];

/** What comes of a request. */
export type Result<R extends Request = Request> = R extends Call<infer M>
  ? Results[M]
  : R extends "open" ? AdapterFacts
  : void;

export type Reply =
  | { readonly id: number; readonly value: Result }
  | { readonly id: number; readonly error: string; readonly isInput: boolean };

interface Pending {
  resolve(value: never): void;
  reject(error: Error): void;
}

let areWorkersLeft = false;

/**
 * From now on a session that is closed frees its memory and leaves its device and
 * its Worker, for a process that ends by `settleSessions()` and `Deno.exit()`, which
 * a device that is being destroyed may crash.
 */
export function leaveWorkers(): void {
  areWorkersLeft = true;
}

/** Workers that have not ended. */
const ports = new Set<WorkerPort>();

/**
 * Lets the Workers of sessions come to the end of what they were asked, but waits
 * at most so many milliseconds, and says whether they have. They answer nothing
 * from then on: it is for a process that ends, which may crash while a GPU
 * computes, as exit handlers take away what a driver's threads work with.
 *
 * @example
 * ```ts
 * import { settleSessions } from "./mod.ts";
 *
 * await settleSessions(5000);
 * // Now is a good moment for Deno.exit().
 * ```
 */
export async function settleSessions(milliseconds: number): Promise<boolean> {
  const timeout = Promise.withResolvers<false>();
  const timer = setTimeout(() => timeout.resolve(false), milliseconds);
  const all = Promise.all([...ports].map((port) => port.settle()));
  const isSettled = await Promise.race([
    all.then(() => true),
    timeout.promise,
  ]);
  clearTimeout(timer);
  return isSettled;
}

/** Opens a session on a device of a Worker, where waiting for the GPU blocks nobody. */
export async function openWorkerSession(): Promise<Session> {
  const port = new WorkerPort();
  try {
    return sessionOf(port, await port.ask("open"));
  } catch (error) {
    port.terminate();
    throw error;
  }
}

class WorkerPort {
  readonly #worker = new Worker(new URL("./worker.ts", import.meta.url), {
    type: "module",
  });
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #ended: Error | undefined;
  #isSettling = false;

  constructor() {
    ports.add(this);
    this.#worker.onmessage = ({ data }: MessageEvent<Reply>) => {
      const pending = this.#pending.get(data.id);
      this.#pending.delete(data.id);
      if ("error" in data) pending?.reject(revive(data));
      else pending?.resolve(data.value as never);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#end(new Error(`The GPU worker died: ${event.message}`));
    };
  }

  /** Rejects what is under way and all that comes: nobody answers any more. */
  #end(error: Error): void {
    this.#ended ??= error;
    ports.delete(this);
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }

  /** The last that is asked. */
  async settle(): Promise<void> {
    const settled = this.ask("settle");
    this.#isSettling = true;
    // One that has died computes nothing either.
    await settled.catch(() => {});
  }

  ask<R extends Request>(request: R): Promise<Result<R>> {
    if (this.#ended) return Promise.reject(this.#ended);
    if (this.#isSettling) return new Promise(() => {});
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ id, request });
    });
  }

  terminate(): void {
    this.#worker.terminate();
    this.#end(new Error("The GPU session is closed"));
  }
}

/** Bytes of constants that are on their way to a worker at once, if none is larger. */
const mostOnTheWay = 32 * 2 ** 20;

/** Constants that are on their way behind their program, never a whole large model. */
class Writing {
  readonly #writes: { done: Promise<unknown>; bytes: number }[] = [];
  #bytes = 0;

  /** Where the program fails, so does what is written; the program says why. */
  constructor(loading: Promise<unknown>) {
    this.add(loading, 0);
  }

  /** Resolves when so many more bytes may be sent. */
  async room(bytes: number): Promise<void> {
    while (this.#bytes > 0 && this.#bytes + bytes > mostOnTheWay) {
      await this.#next();
    }
  }

  add(done: Promise<unknown>, bytes: number): void {
    // A failure is thrown where it is awaited.
    done.catch(() => {});
    this.#writes.push({ done, bytes });
    this.#bytes += bytes;
  }

  async end(): Promise<void> {
    while (this.#writes.length > 0) await this.#next();
  }

  async #next(): Promise<void> {
    const first = this.#writes.shift();
    await first?.done;
    this.#bytes -= first?.bytes ?? 0;
  }
}

function revive({ error, isInput }: Extract<Reply, { error: string }>): Error {
  return isInput ? new InputError(error) : new Error(error);
}

function sessionOf(port: WorkerPort, adapter: AdapterFacts): Session {
  const session: Session = {
    adapter,
    async load({ program, constants }) {
      const args = [{ program, constants: new Map() }] as const;
      const loading = port.ask({ method: "load", args });
      // They are read and packed while the worker compiles.
      const writing = new Writing(loading);
      for (const [name, read] of constants) {
        const data = read();
        await writing.room(data.byteLength);
        writing.add(session.write(name, data), data.byteLength);
      }
      await writing.end();
      return await loading;
    },
    write(buffer, data, byteOffset) {
      // A message carries the whole memory behind a view: send a copy of a part.
      const isPart = data.byteLength < data.buffer.byteLength;
      const args = [buffer, isPart ? data.slice() : data, byteOffset] as const;
      return port.ask({ method: "write", args });
    },
    run: (...args) => port.ask({ method: "run", args }),
    read: (...args) => port.ask({ method: "read", args }),
    unload: (...args) => port.ask({ method: "unload", args }),
    liveBuffers: (...args) => port.ask({ method: "liveBuffers", args }),
    async close(...args) {
      if (areWorkersLeft) return await port.ask("empty");
      await port.ask({ method: "close", args });
      port.terminate();
      await driverFarewell();
    },
  };
  return session;
}
