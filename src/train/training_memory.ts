/**
 * What a training step needs of the GPU's memory.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { elementCount, type Graph, tensorOf } from "../graph/ir.ts";
import type { PlannedStep } from "./planned_step.ts";
import type { TrainingStep } from "./training_step.ts";

/** Bytes of a training step, by what they are for. */
export interface TrainingMemory {
  /** Weights that are trained, and what their optimizer remembers. */
  readonly variables: number;
  /** Weights that stay, batches, labels and losses. */
  readonly constants: number;
  /** Activations that the way back reads, gradients, and work space. */
  readonly scratch: number;
  /** All together. */
  readonly total: number;
  /** The largest buffer. */
  readonly largest: number;
}

/** What a planned step takes, variables that stay among those that are trained; the training data come on top. */
export function trainingMemory(planned: PlannedStep): TrainingMemory {
  const { variables: kept, moments, plan: { program: { buffers } } } = planned;
  const states = new Set([...kept, ...moments].map(({ buffer }) => buffer));
  const memory = { variables: 0, constants: 0, scratch: 0 };
  for (const { name, bytes } of buffers) {
    const kind = name === undefined
      ? "scratch"
      : states.has(name)
      ? "variables"
      : "constants";
    memory[kind] += bytes;
  }
  const { variables, constants, scratch } = memory;
  return {
    ...memory,
    total: variables + constants + scratch,
    largest: Math.max(0, ...buffers.map(({ bytes }) => bytes)),
  };
}

/** What a step keeps for how long, beside {@linkcode TrainingMemory}; in bytes. */
export interface TrainingMemoryPlan extends TrainingMemory {
  /** Weights that are trained. */
  readonly weights: number;
  /** What the optimizer remembers of them. */
  readonly optimizer: number;
  /** Activations that are kept until the way back reads them. */
  readonly activations: number;
  /** Gradients of weights, which are kept until all weights change. */
  readonly gradients: number;
  /** Buffers of `scratch`, which activations, gradients and work space share. */
  readonly slots: number;
}

/** The memory of a step with its parts. */
export function planMemory(
  step: TrainingStep,
  planned: PlannedStep,
): TrainingMemoryPlan {
  const { graph, gradients, states } = step;
  const memory = trainingMemory(planned);
  const weights = bytesOf(graph, gradients.keys());
  const changing = new Set(states.map(({ name }) => name));
  const staying = planned.variables
    .filter(({ shapes }) => !shapes.keys().some((name) => changing.has(name)))
    .reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    ...memory,
    variables: memory.variables - staying,
    constants: memory.constants + staying,
    weights,
    optimizer: bytesOf(graph, changing) - weights,
    activations: bytesOf(graph, keptActivations(step)),
    gradients: bytesOf(graph, gradients.values()),
    slots: planned.plan.program.buffers.filter(({ name }) => name === undefined)
      .length,
  };
}

/** Tensors of the way forth, up to the loss, that nodes after it read. */
function keptActivations({ graph, progress }: TrainingStep): Set<string> {
  const loss = graph.nodes.findIndex(({ outputs }) =>
    outputs.includes(progress)
  );
  const homes = homesOf(graph);
  const made = new Set(
    graph.nodes.slice(0, loss).flatMap(({ outputs }) => outputs)
      .map((name) => homes.get(name) ?? name),
  );
  const kept = new Set<string>();
  for (const { inputs } of graph.nodes.slice(loss + 1)) {
    for (const name of inputs) {
      const home = homes.get(name) ?? name;
      if (made.has(home)) kept.add(home);
    }
  }
  return kept;
}

/** The tensor in whose buffer another one lies: a reshaped one, or a joined one. */
function homesOf({ nodes, tensors }: Graph): Map<string, string> {
  const homes = new Map<string, string>();
  for (const { op, inputs: [x], outputs } of nodes) {
    const home = (name: string) => tensors.get(name)?.view?.of ?? name;
    for (const name of outputs) {
      const own = op === "reshape" ? x : home(name);
      if (own !== name) homes.set(name, homes.get(own) ?? own);
    }
  }
  return homes;
}

function bytesOf(graph: Graph, names: Iterable<string>): number {
  let bytes = 0;
  for (const name of new Set(names)) {
    bytes += elementCount(tensorOf(graph, name).shape) * 4;
  }
  return bytes;
}

/** The memory as one line for a user. */
export function printMemory(memory: TrainingMemory): string {
  const { variables, constants, scratch, total } = memory;
  return `${megabytes(total)} MB on the GPU: ${
    megabytes(scratch)
  } of activations and gradients, ${
    megabytes(variables)
  } of weights and what the optimizer remembers, ${
    megabytes(constants)
  } of weights that stay and batches`;
}

/**
 * Refuses a step that no buffer of the adapter holds.
 *
 * @throws {InputError} that says the planned memory and the batch that would fit
 */
export function checkMemory(
  planned: PlannedStep,
  { batch, limits }: {
    batch: number;
    limits: Readonly<Record<string, number>>;
  },
): void {
  const limit = Math.min(
    limits.maxBufferSize ?? Infinity,
    limits.maxStorageBufferBindingSize ?? Infinity,
  );
  const memory = trainingMemory(planned);
  if (memory.largest <= limit) return;
  // A buffer that is as large whatever the batch, as those of weights are.
  const isTooLarge = planned.plan.program.buffers.some(({ name, bytes }) =>
    name !== undefined && name !== planned.buffers.data && bytes > limit
  );
  const fitting = isTooLarge ? 0 : Math.floor(batch * limit / memory.largest);
  throw new InputError(
    `A batch of ${batch} needs ${printMemory(memory)}, and one buffer of ${
      megabytes(memory.largest)
    } MB where the adapter allows ${megabytes(limit)} MB: ${
      fitting < 1
        ? "use smaller pictures or a smaller model"
        : `use --batch ${fitting} or less`
    }`,
  );
}

/**
 * What the GPU said when it had no memory left for a step, with half the batch
 * and about what that takes: how much memory there is, no adapter tells.
 */
export function withSmallerBatch(
  error: unknown,
  planned: PlannedStep,
  batch: number,
): unknown {
  if (!(error instanceof InputError) || batch < 2) return error;
  const { scratch, total } = trainingMemory(planned);
  const half = Math.floor(batch / 2);
  const rest = total - scratch * (1 - half / batch);
  return new InputError(
    `${error.message}, such as --batch ${half} with about ${
      megabytes(rest)
    } MB`,
    { cause: error },
  );
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}
