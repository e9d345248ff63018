/**
 * The side of a peer: answers requests, a JSON object a line.
 *
 * @module
 */
import type { BenchNetworkName } from "../network_training.ts";
import manifest from "./deno.json" with { type: "json" };
import { TextLineStream } from "./lines.ts";

/** Another engine with the network loaded. */
export interface PeerEngine {
  /** Such as `tfjs 4.22.0`. */
  readonly version: string;
  /** Features of the one picture in the folder. */
  forward(): Promise<Float32Array>;
  /** Trains the head for so many steps; what comes before is not timed. */
  prepareHead?(): Promise<(steps: number) => Promise<void>>;
  /** Gets ready to train a network and gives what trains it for a round's steps. */
  prepareNetwork?(name: BenchNetworkName): Promise<() => Promise<void>>;
}

/** What a peer is asked. */
export type PeerRequest =
  | { readonly ask: "features" }
  | { readonly ask: "forward" }
  | { readonly ask: "head"; readonly steps: number }
  | { readonly ask: "network"; readonly name: BenchNetworkName };

/** What it answers: features, or milliseconds. */
export interface PeerAnswer {
  readonly version: string;
  readonly features?: readonly number[];
  /** Of a forward pass with its readback, or of all steps; null if it cannot train. */
  readonly milliseconds?: number | null;
}

/** The version of a package that the peers' configuration names. */
export function versionOf(name: keyof typeof manifest.imports): string {
  return manifest.imports[name].replace(/^.*@/, "");
}

/** Answers until the input ends. */
export async function servePeer(engine: PeerEngine): Promise<void> {
  const { version } = engine;
  const train = await engine.prepareHead?.();
  const rounds = new Map<BenchNetworkName, () => Promise<void>>();
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
    } else if (request.ask === "network") {
      const { name } = request;
      const round = rounds.get(name) ?? await engine.prepareNetwork?.(name);
      if (round) rounds.set(name, round);
      const begin = performance.now();
      await round?.();
      answer({ milliseconds: round ? performance.now() - begin : null });
    } else {
      await train?.(request.steps);
      answer({ milliseconds: train ? performance.now() - start : null });
    }
  }
}
