/**
 * The contract between whoever wants something computed and the GPU: plain
 * data in, plain data out. A session may live in this thread or in a Worker.
 *
 * @module
 */
import type { Plan } from "../../kernels/program.ts";

/** What is known of the adapter; recorded with whatever it computes. */
export interface AdapterFacts {
  /** The adapter's name. */
  readonly description: string;
  /** The vendor, as WebGPU tells it. */
  readonly vendor: string;
  /** The architecture, where WebGPU tells it. */
  readonly architecture: string;
  /** Whether it is a software adapter. */
  readonly isFallback: boolean;
  /** WebGPU features, sorted. */
  readonly features: readonly string[];
  /** The limits the planner obeys, by WebGPU name. */
  readonly limits: Readonly<Record<string, number>>;
}

/** A program that has been compiled and whose buffers exist. */
export interface ProgramHandle {
  /** Unique in its session. */
  readonly id: number;
  /** What it is called in profiles. */
  readonly label: string;
}

/** A GPU device with named buffers that programs share. */
export interface Session {
  /** The adapter it runs on. */
  readonly adapter: AdapterFacts;
  /** Compiles the pipelines, makes the buffers, uploads the constants. */
  load(plan: Plan): Promise<ProgramHandle>;
  /** Writes into a named buffer at a byte offset (multiple of 4). */
  write(
    buffer: string,
    data: Float32Array | Uint32Array | Uint8Array,
    byteOffset?: number,
  ): Promise<void>;
  /** Runs the whole program `repeat` times [1]; resolves when it is submitted. */
  run(program: ProgramHandle, options?: { repeat?: number }): Promise<void>;
  /** The first `bytes` [all] of a named buffer. Waits for all submitted work; at least 11 ms. */
  read(buffer: string, bytes?: number): Promise<ArrayBuffer>;
  /** Frees the program and its scratch buffers; named buffers stay. */
  unload(program: ProgramHandle): Promise<void>;
  /** Number of live GPU buffers, for leak tests. */
  liveBuffers(): Promise<number>;
  /** Frees everything. */
  close(): Promise<void>;
}
