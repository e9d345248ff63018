/**
 * The Worker side of {@linkcode openWorkerSession}: one request at a time, but
 * for reads, which sleep when the GPU is done and let the next one begin.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import { InputError, messageOf } from "../errors.ts";
import { type LocalSession, openLocalSession } from "./local_session.ts";
import type {
  Call,
  Callees,
  Reply,
  Request,
  Result,
} from "./worker_session.ts";

declare const self: DedicatedWorkerGlobalScope;

/** After them nothing is there to be read. */
const lastRequests: ReadonlySet<string> = new Set(["settle", "empty", "close"]);

let session: LocalSession | undefined;
let queue = Promise.resolve();

/** Resolves when every read has been answered. */
let reading: Promise<unknown> = Promise.resolve();

self.onmessage = (
  { data: { id, request } }: MessageEvent<{ id: number; request: Request }>,
) => {
  queue = queue.then(async () => {
    const method = typeof request === "string" ? request : request.method;
    if (lastRequests.has(method)) await reading;
    const answered = answer(id, request);
    if (method !== "read") await answered;
    else reading = Promise.all([reading, answered]);
  });
};

async function answer(id: number, request: Request): Promise<void> {
  try {
    const value = await perform(request);
    const transfer = value instanceof ArrayBuffer ? [value] : [];
    self.postMessage({ id, value } satisfies Reply, transfer);
  } catch (error) {
    const isInput = error instanceof InputError;
    self.postMessage(
      { id, error: messageOf(error), isInput } satisfies Reply,
    );
  }
}

async function perform(request: Request): Promise<Result> {
  // Without a device there is nothing to wait for.
  if (request === "settle" || request === "empty") {
    return await session?.[request]();
  }
  session ??= await openLocalSession();
  return request === "open" ? session.adapter : call(session, request);
}

function call<M extends keyof Callees>(
  callees: Callees,
  { method, args }: Call<M>,
) {
  return callees[method](...args);
}
