/**
 * Everything that a network's training needs to go on as if it had never stopped.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { type Graph, type Shape, tensorOf } from "../graph/ir.ts";
import { BatchSampler, type BatchState } from "./batches.ts";
import { initialValues } from "./variables.ts";

/** A tensor with its values. */
export interface StateTensor {
  /** Dimensions, outermost first. */
  readonly shape: Shape;
  /** Elements, row-major. */
  readonly data: Float32Array;
}

/** The state of a network's training between two steps. */
export interface NetworkState {
  /** Updates done, over all stages. */
  readonly step: number;
  /** The stage of the last of them, 0 for the first. */
  readonly stage: number;
  /** The network's variables by name, those that are not trained too. */
  readonly variables: Readonly<Record<string, StateTensor>>;
  /** What the optimizer of that stage remembers, by name. */
  readonly moments: Readonly<Record<string, StateTensor>>;
  /** Where the sampler of batches stands. */
  readonly batches: BatchState;
}

/** The state before the first step, with the values that a network's variables start at. */
export function startingState(
  network: Graph,
  { rows, seed }: {
    /** Of an epoch. */
    rows: number;
    /** Decides the batches. */
    seed: number;
  },
): NetworkState {
  const variables: Record<string, StateTensor> = {};
  for (const [name, data] of Object.entries(initialValues(network))) {
    variables[name] = { shape: tensorOf(network, name).shape, data };
  }
  return {
    step: 0,
    stage: 0,
    variables,
    // What is not there starts at 0.
    moments: {},
    batches: BatchSampler.seeded(rows, { seed }).state(),
  };
}

/** Where states are kept. */
export interface NetworkCheckpoints {
  /** Keeps a state; returns the name it goes by. */
  save(state: NetworkState): Promise<string>;
}

/**
 * Refuses to go on from a state of another network.
 *
 * @throws {InputError} that names the variable that differs
 */
export function checkNetworkState(
  state: NetworkState,
  variables: ReadonlyMap<string, Shape>,
): void {
  const names = new Set([...variables.keys(), ...Object.keys(state.variables)]);
  for (const name of names) {
    const expected = variables.get(name);
    const found = state.variables[name]?.shape;
    if (expected?.join() === found?.join()) continue;
    const describe = (shape: Shape | undefined) =>
      shape ? `of shape [${shape.join(", ")}]` : "missing";
    throw new InputError(
      `The checkpoint of step ${state.step} is of another network: "${name}" is ${
        describe(found)
      } there and ${describe(expected)} here; train a new run`,
    );
  }
}
