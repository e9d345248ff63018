/**
 * The side of a peer: answers requests, a JSON object a line.
 *
 * @module
 */
import { TextLineStream } from "./lines.ts";

/** Another engine with the network loaded. */
export interface PeerEngine {
  /** Such as `tfjs 4.22.0`. */
  readonly version: string;
  /** Features of the one picture in the folder. */
  forward(): Promise<Float32Array>;
  /** Trains the head for so many steps; what comes before is not timed. */
  prepareHead?(): Promise<(steps: number) => Promise<void>>;
}

/** What a peer is asked. */
export type PeerRequest =
  | { readonly ask: "features" }
  | { readonly ask: "forward" }
  | { readonly ask: "head"; readonly steps: number };

/** What it answers: features, or milliseconds. */
export interface PeerAnswer {
  readonly version: string;
  readonly features?: readonly number[];
  /** Of a forward pass with its readback, or of all steps; null if it cannot train. */
  readonly milliseconds?: number | null;
}

/** Answers until the input ends. */
export async function servePeer(engine: PeerEngine): Promise<void> {
  const { version } = engine;
  const train = await engine.prepareHead?.();
  const lines = Deno.stdin.readable
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  for await (const line of lines) {
    const request: PeerRequest = JSON.parse(line);
    const start = performance.now();
    const answer = (facts: Omit<PeerAnswer, "version">) =>
      console.info(JSON.stringify({ version, ...facts } satisfies PeerAnswer));
    if (request.ask === "features") {
      answer({ features: [...await engine.forward()] });
    } else if (request.ask === "forward") {
      await engine.forward();
      answer({ milliseconds: performance.now() - start });
    } else {
      await train?.(request.steps);
      answer({ milliseconds: train ? performance.now() - start : null });
    }
  }
}
