/**
 * What is trained: the weights of a graph as variables, and their values in a
 * session.
 *
 * @module
 */
import type { Session } from "../gpu/session.ts";
import {
  elementCount,
  type Graph,
  type Node,
  type Tensor,
  tensorOf,
} from "../graph/ir.ts";
import { variableBuffer } from "../plan/plan.ts";

/** Values of variables by name, row-major. */
export type VariableValues = Readonly<Record<string, Float32Array>>;

/**
 * The names of a node's weights: its filter and bias, or gamma and beta. Other
 * ops have none; statistics of a batch norm are not trained.
 */
export function weightsOf(node: Node): readonly string[] {
  switch (node.op) {
    case "conv2d":
    case "depthwise_conv2d":
    case "matmul":
      return node.inputs.slice(1);
    case "batch_norm":
      return node.inputs.slice(3);
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
  isTrained: (node: Node) => boolean,
): Graph {
  const tensors = new Map(graph.tensors);
  for (const node of graph.nodes) {
    if (!isTrained(node)) continue;
    for (const name of weightsOf(node)) {
      const { constant, ...tensor } = tensorOf({ tensors }, name);
      if (!constant || tensor.dtype !== "f32") continue;
      const read = () => Float32Array.from(constant.read());
      tensors.set(name, { ...tensor, variable: { read } });
    }
  }
  return { ...graph, tensors };
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
export function withValues(graph: Graph, values: VariableValues): Graph {
  const tensors = new Map(graph.tensors);
  for (const [name, data] of Object.entries(values)) {
    const tensor = tensorOf({ tensors }, name);
    tensors.set(name, { ...tensor, variable: { read: () => data } });
  }
  return { ...graph, tensors };
}

/** Initial values of all variables of a graph. */
export function initialValues(graph: Graph): VariableValues {
  return Object.fromEntries(
    variablesOf(graph).map((name) => {
      const { variable } = tensorOf(graph, name);
      return [name, variable?.read() ?? new Float32Array()];
    }),
  );
}

/** Writes initial values to the buffers of a loaded program's variables, one at a time. */
export async function writeInitialValues(
  session: Session,
  graph: Graph,
): Promise<void> {
  for (const name of variablesOf(graph)) {
    const { variable } = tensorOf(graph, name);
    if (!variable) continue;
    const values = variable.read();
    await session.write(variableBuffer(name, values.length), values);
  }
}

/** The values that variables have now. */
export async function readValues(
  session: Session,
  tensors: readonly Pick<Tensor, "name" | "shape">[],
): Promise<VariableValues> {
  // All at once: each read waits for the GPU, and waits may overlap.
  const read = await Promise.all(tensors.map(async ({ name, shape }) => {
    const elements = elementCount(shape);
    const variable = variableBuffer(name, elements);
    const buffer = await session.read(variable, elements * 4);
    return [name, new Float32Array(buffer)] as const;
  }));
  return Object.fromEntries(read);
}
