/**
 * The Worker side of {@linkcode openWorkerSession}: one request at a time, but
 * for reads, which sleep when the GPU is done and let the next one begin.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import { InputError, messageOf } from "../errors.ts";
import { type LocalSession, openLocalSession } from "./local_session.ts";
import type { Reply, Request, Results } from "./worker_session.ts";

declare const self: DedicatedWorkerGlobalScope;

let session: LocalSession | undefined;
let queue = Promise.resolve();

/** Resolves when every read has been answered. */
let reading: Promise<unknown> = Promise.resolve();

self.onmessage = (
  { data: { id, request } }: MessageEvent<{ id: number; request: Request }>,
) => {
  queue = queue.then(async () => {
    if (request.kind === "close") await reading;
    const answered = answer(id, request);
    if (request.kind !== "read") await answered;
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

async function perform(request: Request): Promise<Results[keyof Results]> {
  session ??= await openLocalSession();
  switch (request.kind) {
    case "open":
      return session.adapter;
    case "load":
      return session.load(request.plan);
    case "write":
      return session.write(request.buffer, request.data, request.byteOffset);
    case "run":
      return session.run(request.program, request);
    case "read":
      return session.read(request.buffer, request.bytes);
    case "unload":
      return session.unload(request.program);
    case "liveBuffers":
      return session.liveBuffers();
    case "close":
      return session.close();
    default:
      return request satisfies never;
  }
}
