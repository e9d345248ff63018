/**
 * A session in a Worker: a readback blocks the JS thread it is called on for as
 * long as the GPU works, and there it blocks nobody.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { driverFarewell } from "./device.ts";
import type { Plan } from "../../kernels/program.ts";
import type { AdapterFacts, ProgramHandle, Session } from "./session.ts";

/** What the page asks of the worker. Constants are written one by one before. */
export type Request =
  | { readonly kind: "open" }
  | { readonly kind: "load"; readonly plan: Plan }
  | {
    readonly kind: "write";
    readonly buffer: string;
    readonly data: Float32Array | Uint32Array | Uint8Array;
    readonly byteOffset: number;
  }
  | {
    readonly kind: "run";
    readonly program: ProgramHandle;
    readonly repeat: number;
  }
  | {
    readonly kind: "read";
    readonly buffer: string;
    readonly bytes: number | undefined;
  }
  | { readonly kind: "unload"; readonly program: ProgramHandle }
  | { readonly kind: "liveBuffers" }
  | { readonly kind: "close" };

export interface Results {
  open: AdapterFacts;
  load: ProgramHandle;
  write: void;
  run: void;
  read: ArrayBuffer;
  unload: void;
  liveBuffers: number;
  close: void;
}

export type Reply =
  | { readonly id: number; readonly value: Results[keyof Results] }
  | { readonly id: number; readonly error: string; readonly isInput: boolean };

interface Pending {
  resolve(value: never): void;
  reject(error: Error): void;
}

/** Opens a session on a device of a Worker, where waiting for the GPU blocks nobody. */
export async function openWorkerSession(): Promise<Session> {
  const port = new WorkerPort();
  try {
    return new WorkerSession(port, await port.call({ kind: "open" }));
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

  constructor() {
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
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }

  call<R extends Request>(request: R): Promise<Results[R["kind"]]> {
    if (this.#ended) return Promise.reject(this.#ended);
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

function revive({ error, isInput }: Extract<Reply, { error: string }>): Error {
  return isInput ? new InputError(error) : new Error(error);
}

class WorkerSession implements Session {
  readonly adapter: AdapterFacts;
  readonly #port: WorkerPort;

  constructor(port: WorkerPort, adapter: AdapterFacts) {
    this.#port = port;
    this.adapter = adapter;
  }

  async load({ program, constants }: Plan): Promise<ProgramHandle> {
    const plan = { program, constants: new Map() };
    const handle = await this.#port.call({ kind: "load", plan });
    for (const [name, read] of constants) await this.write(name, read());
    return handle;
  }

  write(
    buffer: string,
    data: Float32Array | Uint32Array | Uint8Array,
    byteOffset = 0,
  ): Promise<void> {
    // A message carries the whole memory behind a view: send a copy of a part.
    const isPart = data.byteLength < data.buffer.byteLength;
    return this.#port.call({
      kind: "write",
      buffer,
      data: isPart ? data.slice() : data,
      byteOffset,
    });
  }

  run(program: ProgramHandle, { repeat = 1 } = {}): Promise<void> {
    return this.#port.call({ kind: "run", program, repeat });
  }

  read(buffer: string, bytes?: number): Promise<ArrayBuffer> {
    return this.#port.call({ kind: "read", buffer, bytes });
  }

  unload(program: ProgramHandle): Promise<void> {
    return this.#port.call({ kind: "unload", program });
  }

  liveBuffers(): Promise<number> {
    return this.#port.call({ kind: "liveBuffers" });
  }

  async close(): Promise<void> {
    await this.#port.call({ kind: "close" });
    this.#port.terminate();
    await driverFarewell();
  }
}
