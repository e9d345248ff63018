/**
 * The side of a peer: answers requests, a JSON object a line.
 *
 * @module
 */
import { messageOf } from "../../src/errors.ts";
import type {
  BenchNetwork,
  BenchNetworkName,
  Norms,
} from "../network_training.ts";
import manifest from "./deno.json" with { type: "json" };
import { TextLineStream } from "./lines.ts";

/** The head that is trained. */
export interface HeadTask {
  /** Values of a row. */
  readonly features: number;
  /** Of the problem. */
  readonly classes: number;
  /** Rows of a step. */
  readonly batch: number;
  /** Rows of an epoch. */
  readonly dataRows: number;
}

/** A network that is trained, with all layers, by Adam. */
export interface NetworkTask
  extends Pick<BenchNetwork, "batch" | "size" | "channels" | "classes"> {
  /** Which. */
  readonly name: BenchNetworkName;
  /** What becomes of its batch norms. */
  readonly norms: Norms;
}

/** What a peer is asked; head and network are the same in all requests to a process. */
export type PeerRequest =
  | { readonly ask: "features"; readonly batch: number }
  | { readonly ask: "forward"; readonly batch: number }
  | { readonly ask: "head"; readonly steps: number } & HeadTask
  | { readonly ask: "network"; readonly steps: number } & NetworkTask;

/** What it answers. */
export interface PeerAnswer {
  /** Such as `tfjs 4.22.0`. */
  readonly version: string;
  /** Of all pictures of the batch. */
  readonly features?: readonly number[];
  /** Of a forward pass with its readback, or of all steps. */
  readonly milliseconds?: number;
  /** Values that are trained. */
  readonly parameters?: number;
  /** Why it did not do it. */
  readonly problem?: string;
}

/** Something that a peer trains. */
export interface PeerTraining {
  /** Values that are trained. */
  readonly parameters: number;
  /** Trains for so many steps, until all is done. */
  run(steps: number): Promise<unknown>;
}

/** Another engine. */
export interface PeerEngine {
  /** Such as `tfjs 4.22.0`. */
  readonly version: string;
  /** Features of so many of the folder's pictures. */
  forward?(batch: number): Promise<Float32Array>;
  /** What comes before the first step is not timed. */
  prepareHead?(task: HeadTask): Promise<PeerTraining>;
  /** As for the head. */
  prepareNetwork?(task: NetworkTask): Promise<PeerTraining>;
}

/** The version of a package that the peers' configuration names. */
export function versionOf(name: keyof typeof manifest.imports): string {
  return manifest.imports[name].replace(/^.*@/, "");
}

/** Answers until the input ends; what cannot be done is an answer, too. */
export async function servePeer(engine: PeerEngine): Promise<void> {
  const { version } = engine;
  const desk = new Desk(engine);
  const lines = Deno.stdin.readable
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  for await (const line of lines) {
    const facts = await desk.answer(JSON.parse(line)).catch((error) => ({
      problem: messageOf(error),
    }));
    console.info(JSON.stringify({ version, ...facts } satisfies PeerAnswer));
  }
}

type Facts = Omit<PeerAnswer, "version">;

class Desk {
  readonly #engine: PeerEngine;
  #training: PeerTraining | undefined;

  constructor(engine: PeerEngine) {
    this.#engine = engine;
  }

  async answer(request: PeerRequest): Promise<Facts> {
    switch (request.ask) {
      case "features":
        return { features: [...await this.#forward(request.batch)] };
      case "forward":
        return await timed(() => this.#forward(request.batch));
      case "head":
        this.#training ??= await this.#engine.prepareHead?.(request);
        return await this.#train(request.steps);
      case "network":
        this.#training ??= await this.#engine.prepareNetwork?.(request);
        return await this.#train(request.steps);
      default:
        return request satisfies never;
    }
  }

  #forward(batch: number): Promise<Float32Array> {
    if (!this.#engine.forward) throw new Error("it is not asked for features");
    return this.#engine.forward(batch);
  }

  async #train(steps: number): Promise<Facts> {
    const training = this.#training;
    if (!training) throw new Error("it is not asked to train this");
    const { parameters } = training;
    return { parameters, ...await timed(() => training.run(steps)) };
  }
}

async function timed(work: () => Promise<unknown>): Promise<Facts> {
  const start = performance.now();
  await work();
  return { milliseconds: performance.now() - start };
}
