/**
 * What is trained: the weights of a graph as variables, and their values in a
 * session.
 *
 * @module
 */
import type { Tensor32 } from "../bytes/safetensors.ts";
import type { Session } from "../gpu/session.ts";
import {
  elementCount,
  type Graph,
  type Node,
  type Shape,
  type Tensor,
  tensorOf,
} from "../graph/ir.ts";
import { variableBuffer } from "../plan/plan.ts";

/** Tensors by name, such as all variables of a network. */
export type Tensors = Readonly<Record<string, Tensor32>>;

/**
 * The names of a node's weights, where they are constants or variables: its filter
 * and bias, or scale and bias, or what it adds, multiplies by, joins or repeats.
 * Other ops have none; statistics of a batch norm are not trained.
 */
export function weightsOf(node: Node): readonly string[] {
  switch (node.op) {
    case "conv2d":
    case "depthwise_conv2d":
    case "matmul":
      return node.inputs.slice(1);
    case "layer_norm":
      return node.inputs.slice(1);
    case "batch_norm":
      return node.inputs.slice(3);
    case "binary":
      return /^(add|mul)$/.test(node.attributes.function) ? node.inputs : [];
    case "batch_matmul":
    case "concat":
    case "reshape":
    case "tile":
      return node.inputs;
    default:
      return [];
  }
}

/**
 * The graph with the constant weights of chosen nodes as variables that start at
 * these constants; all others stay constant. Meant for a graph after its passes,
 * so that a batch norm that was folded into its convolution is trained as part
 * of that. Names of tensors stay.
 */
export function toVariables(
  graph: Graph,
  isTrained: (node: Node, weight: string) => boolean,
): Graph {
  const tensors = new Map(graph.tensors);
  for (const node of graph.nodes) {
    for (const name of weightsOf(node)) {
      if (!isTrained(node, name)) continue;
      const { constant, ...tensor } = tensorOf({ tensors }, name);
      if (!constant || !isWeight(node, { ...tensor, constant })) continue;
      const read = () => Float32Array.from(constant.read());
      tensors.set(name, { ...tensor, variable: { read } });
    }
  }
  return { ...graph, tensors };
}

/** Numbers, and what prepares pixels, are no weights. */
function isWeight(node: Node, { shape, dtype, constant }: Tensor): boolean {
  if (dtype !== "f32") return false;
  return node.op !== "binary" ||
    (elementCount(shape) > 1 && !constant?.preparesPixels);
}

/** Names of a graph's variables, in the order in which nodes read them. */
export function variablesOf(graph: Graph): string[] {
  const inputs = graph.nodes.flatMap((node) => node.inputs);
  return [...new Set(inputs)].filter((name) =>
    tensorOf(graph, name).variable !== undefined
  );
}

/** Names of the variables that gradients are for: all but the moving averages of batch norms. */
export function trainableOf(graph: Graph): string[] {
  return [...new Set(graph.nodes.flatMap(weightsOf))].filter((name) =>
    tensorOf(graph, name).variable !== undefined
  );
}

/** The graph with other initial values for some of its variables. */
export function withValues(graph: Graph, values: Tensors): Graph {
  const tensors = new Map(graph.tensors);
  for (const [name, { data }] of Object.entries(values)) {
    const tensor = tensorOf({ tensors }, name);
    tensors.set(name, { ...tensor, variable: { read: () => data } });
  }
  return { ...graph, tensors };
}

/** A buffer of a session that holds variables, or what an optimizer remembers of them. */
export interface StateBuffer {
  /** Its name in the session. */
  readonly buffer: string;
  /** Of the buffer, which may be longer than the tensor. */
  readonly bytes: number;
  /** What it holds. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** The buffer's values; a tensor that is not there is zero. */
  pack(tensors: Tensors): Float32Array;
  /** The tensors in the buffer's values. */
  unpack(values: Float32Array<ArrayBuffer>): Tensors;
}

/** The buffer that holds one tensor and no other. */
export function ownBuffer(
  { name, shape }: Pick<Tensor, "name" | "shape">,
): StateBuffer {
  const elements = elementCount(shape);
  return {
    buffer: variableBuffer(name, elements),
    bytes: elements * 4,
    shapes: new Map([[name, shape]]),
    pack: (tensors) => tensors[name]?.data ?? new Float32Array(elements),
    unpack: (data) => ({ [name]: { shape, data } }),
  };
}

/** The buffers of a graph's variables, as programs of graphs have them. */
export function variableBuffers(graph: Graph): StateBuffer[] {
  return variablesOf(graph).map((name) => ownBuffer(tensorOf(graph, name)));
}

/** The tensors that variables start at; those of `names` alone where they are given. */
export function initialTensors(
  graph: Graph,
  names: Iterable<string> = variablesOf(graph),
): Tensors {
  return Object.fromEntries(
    Array.from(names, (name) => {
      const { shape, variable } = tensorOf(graph, name);
      const data = variable?.read() ?? new Float32Array(elementCount(shape));
      return [name, { shape, data }];
    }),
  );
}

/** Writes the values that a graph's variables start at to their buffers, one at a time. */
export async function writeInitialValues(
  session: Session,
  graph: Graph,
  buffers: readonly StateBuffer[] = variableBuffers(graph),
): Promise<void> {
  for (const { buffer, shapes, pack } of buffers) {
    await session.write(buffer, pack(initialTensors(graph, shapes.keys())));
  }
}

/** Writes tensors to the buffers that hold them; those that are not there become zero. */
export async function writeState(
  session: Session,
  buffers: readonly StateBuffer[],
  tensors: Tensors,
): Promise<void> {
  for (const { buffer, pack } of buffers) {
    await session.write(buffer, pack(tensors));
  }
}

/** What the buffers hold now. */
export async function readState(
  session: Session,
  buffers: readonly StateBuffer[],
): Promise<Tensors> {
  // All at once: each read waits for the GPU, and waits may overlap.
  const read = await Promise.all(
    buffers.map(async ({ buffer, bytes, unpack }) =>
      unpack(new Float32Array(await session.read(buffer, bytes)))
    ),
  );
  return Object.fromEntries(read.flatMap((tensors) => Object.entries(tensors)));
}
