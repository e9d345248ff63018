import { Worker } from "node:worker_threads";
import { InputError, messageOf } from "../errors.ts";

/** What a worker answers to each request: a result, or why there is none. */
export type WorkerReply<Result> =
  | { readonly result: Result }
  | { readonly refusal: string };

export interface WorkerPoolOptions {
  /** The module that each worker runs; it answers every message with one {@linkcode WorkerReply}. */
  readonly script: string;
  /** Workers at most: one is started at once, the others as they are needed. */
  readonly workers: number;
  /** Milliseconds of this thread's free time after which a request is given up and its worker replaced. */
  readonly timeoutMs: number;
}

/**
 * Spreads requests over workers; a request that hangs or kills its worker is lost alone.
 *
 * They are Node's workers, for one thing that Web Workers lack: Deno waits for a
 * Web Worker that is terminated while it is busy, for ever if it hangs; one that
 * is let go of keeps no process alive.
 */
export class WorkerPool<Request, Result> {
  readonly #options: WorkerPoolOptions;
  readonly #idle: Worker[] = [];
  readonly #busy = new Set<Worker>();
  readonly #waiting: ((worker: Worker | undefined) => void)[] = [];
  #closed = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    const first = this.#start();
    if (first) this.#idle.push(first);
  }

  /**
   * Hands a request to the next free worker; requests are begun in order.
   *
   * @throws {InputError} If the worker refuses, fails or takes too long, or the pool is closed.
   */
  async run(request: Request): Promise<Result> {
    const worker = await this.#take();
    if (!worker || this.#closed) {
      throw new InputError("given up: the decoders were closed");
    }
    const reply = await this.#ask(worker, request);
    if ("refusal" in reply) throw new InputError(reply.refusal);
    return reply.result;
  }

  /** Stops every worker; requests under way and waiting are given up. */
  close(): void {
    this.#closed = true;
    for (const worker of [...this.#idle.splice(0), ...this.#busy]) {
      letGo(worker);
      worker.emit("closed");
    }
    for (const wake of this.#waiting.splice(0)) wake(undefined);
  }

  #take(): Worker | undefined | Promise<Worker | undefined> {
    if (this.#closed) return undefined;
    const worker = this.#idle.pop() ?? this.#start();
    if (!worker) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#busy.add(worker);
    return worker;
  }

  #start(): Worker | undefined {
    if (this.#busy.size >= this.#options.workers) return undefined;
    const worker = new Worker(loadable(this.#options.script));
    // Unhandled, an error would end the whole process; whoever asked hears of it.
    worker.on("error", () => {});
    return worker;
  }

  async #ask(worker: Worker, request: Request): Promise<WorkerReply<Result>> {
    const { timeoutMs } = this.#options;
    const { promise, resolve } = Promise.withResolvers<
      { reply: WorkerReply<Result>; usable: boolean }
    >();
    const fail = (refusal: string): void =>
      resolve({ reply: { refusal }, usable: false });
    const answer = (reply: WorkerReply<Result>) =>
      resolve({ reply, usable: true });
    const die = (error: unknown) =>
      fail(`its decoder failed: ${messageOf(error)}`);
    const close = () => fail("given up: the decoders were closed");
    worker.on("message", answer).on("error", die).on("closed", close);
    const stopClock = afterFreeTime(
      timeoutMs,
      () => fail(`gave no picture within ${timeoutMs / 1000} s`),
    );
    worker.postMessage(request);
    const { reply, usable } = await promise;
    stopClock();
    worker.off("message", answer).off("error", die).off("closed", close);
    this.#release(worker, usable);
    return reply;
  }

  #release(worker: Worker, usable: boolean): void {
    this.#busy.delete(worker);
    if (!usable) letGo(worker);
    else if (!this.#closed) this.#idle.push(worker);
    const wake = this.#closed ? undefined : this.#waiting.shift();
    if (!wake) return;
    const next = this.#take();
    if (next instanceof Promise) return;
    wake(next);
  }
}

/** Parts of a time limit that are counted one by one. */
const clockParts = 20;

/**
 * Acts after so many milliseconds in which this thread was free, unless it is told
 * to stop: one that a driver's compiler holds up hears no answer in time.
 */
function afterFreeTime(milliseconds: number, act: () => void): () => void {
  let left = clockParts;
  const clock = setInterval(() => {
    left--;
    if (left > 0) return;
    clearInterval(clock);
    act();
  }, milliseconds / clockParts);
  return () => clearInterval(clock);
}

/** Stops a worker, and does not wait for it to stop: it may never do so. */
function letGo(worker: Worker): void {
  worker.unref();
  worker.terminate();
}

/** What Node's workers can be made of: a module from elsewhere is imported by one that is here. */
function loadable(script: string): URL {
  const url = new URL(script);
  const isLoadable = url.protocol === "file:" || url.protocol === "data:";
  if (isLoadable) return url;
  const importer = `import ${JSON.stringify(script)}`;
  return new URL(`data:text/javascript,${encodeURIComponent(importer)}`);
}
