/// <reference lib="deno.worker" />
/** What the workers have in common: how they answer. */
import { InputError, messageOf } from "../errors.ts";
import type { WorkerReply } from "./_worker_pool.ts";

/** Answers each request that this worker gets; a result's pixels are handed over, not copied. */
export function answerRequests<
  Request,
  Result extends { readonly pixels: { readonly buffer: ArrayBuffer } },
>(work: (request: Request) => Promise<Result>): void {
  self.addEventListener("message", async ({ data }: MessageEvent<Request>) => {
    const reply = await replyOf(work(data));
    self.postMessage(
      reply,
      "result" in reply ? [reply.result.pixels.buffer] : [],
    );
  });
}

/** The result, or why there is none. */
async function replyOf<Result>(
  work: Promise<Result>,
): Promise<WorkerReply<Result>> {
  try {
    return { result: await work };
  } catch (error) {
    return {
      refusal: error instanceof InputError
        ? error.message
        : `cannot be decoded: ${messageOf(error)}`,
    };
  }
}
