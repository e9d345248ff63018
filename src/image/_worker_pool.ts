import { InputError, messageOf } from "../errors.ts";

/** What a worker answers to each request: a result, or why there is none. */
export type WorkerReply<Result> =
  | { readonly result: Result }
  | { readonly refusal: string };

export interface WorkerPoolOptions {
  /** The module that each worker runs; it answers every message with one {@linkcode WorkerReply}. */
  readonly script: string;
  /** Workers at most; they are started as they are needed. */
  readonly workers: number;
  /** Milliseconds after which a request is given up and its worker replaced. */
  readonly timeoutMs: number;
}

/** Spreads requests over workers; a request that hangs or kills its worker is lost alone. */
export class WorkerPool<Request, Result> {
  readonly #options: WorkerPoolOptions;
  readonly #idle: Worker[] = [];
  readonly #busy = new Set<Worker>();
  readonly #waiting: ((worker: Worker | undefined) => void)[] = [];
  #closed = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
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
      worker.terminate();
      worker.dispatchEvent(new Event("closed"));
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
    return new Worker(this.#options.script, { type: "module" });
  }

  async #ask(worker: Worker, request: Request): Promise<WorkerReply<Result>> {
    const { timeoutMs } = this.#options;
    const answered = new AbortController();
    const { promise, resolve } = Promise.withResolvers<
      { reply: WorkerReply<Result>; usable: boolean }
    >();
    const fail = (refusal: string): void =>
      resolve({ reply: { refusal }, usable: false });
    const listen = { signal: answered.signal };
    worker.addEventListener(
      "message",
      ({ data }: MessageEvent<WorkerReply<Result>>) =>
        resolve({ reply: data, usable: true }),
      listen,
    );
    worker.addEventListener("error", (event) => {
      // Unhandled, it would end the whole process.
      event.preventDefault();
      fail(`its decoder failed: ${messageOf(event.error ?? event.message)}`);
    }, listen);
    worker.addEventListener(
      "closed",
      () => fail("given up: the decoders were closed"),
      listen,
    );
    const timer = setTimeout(
      () => fail(`gave no picture within ${timeoutMs / 1000} s`),
      timeoutMs,
    );
    worker.postMessage(request);
    const { reply, usable } = await promise;
    clearTimeout(timer);
    answered.abort();
    this.#release(worker, usable);
    return reply;
  }

  #release(worker: Worker, usable: boolean): void {
    this.#busy.delete(worker);
    if (!usable) worker.terminate();
    else if (!this.#closed) this.#idle.push(worker);
    const wake = this.#closed ? undefined : this.#waiting.shift();
    if (!wake) return;
    const next = this.#take();
    if (next instanceof Promise) return;
    wake(next);
  }
}
