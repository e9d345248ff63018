/**
 * TensorFlow's graph becomes ours.
 *
 * @module
 */
import { checkGivenShape, GraphBuilder, isPlaceholder } from "./_builder.ts";
import { evaluationOrder, nodeNamed, nodesByName } from "./names.ts";
import { InputError } from "../errors.ts";
import type { GraphDef } from "./graphdef.ts";
import { type Graph, removeUnused, type Shape } from "./ir.ts";

/** What to import. */
export interface ImportOptions {
  /** Names of tensors, with or without `:0`; only what they need is imported. */
  readonly outputs: readonly string[];
  /**
   * Shapes of inputs by tensor name. A placeholder takes from it the sizes that
   * the file leaves open, except for the batch; any other tensor becomes an
   * input of exactly that shape, and what is before it is left out.
   */
  readonly inputs?: Readonly<Record<string, Shape>>;
}

/**
 * Imports the part of a frozen graph that some of its tensors need, at the
 * batch it was frozen with (1 where the file leaves it open). Arithmetic on
 * shapes is done; `Identity` and the like are gone.
 *
 * `graph.outputs[i]` is what `options.outputs[i]` has become: an input, a
 * constant or another tensor's name where the node vanished.
 *
 * @throws {InputError} for anything missing, damaged or unsupported; the
 * message names the node and its op.
 */
export function importGraph(
  graphDef: GraphDef,
  options: ImportOptions,
): Graph {
  if (options.outputs.length === 0) {
    throw new InputError("No output tensor is named; name one");
  }
  const nodes = nodesByName(graphDef);
  const outputs = options.outputs.map((name) => nodeNamed(nodes, name));
  const shapes = new Map<string, Shape>();
  for (const [name, shape] of Object.entries(options.inputs ?? {})) {
    checkGivenShape(name, shape);
    shapes.set(nodeNamed(nodes, name).name, shape);
  }
  const builder = new GraphBuilder(graphDef, shapes);
  const cuts = new Set(shapes.keys());
  for (const node of evaluationOrder(nodes, outputs, { cuts })) {
    builder.import(node);
  }
  const names = outputs.map(({ name, op }) => {
    const value = builder.values.get(name);
    if (!value) {
      throw new InputError(`Node "${name}" (op "${op}") has no output`);
    }
    return value.name;
  });
  for (const name of shapes.keys()) {
    const node = nodes.get(name);
    const isReached = builder.inputs.includes(name);
    if (!isReached && node) {
      const kind = isPlaceholder(node) ? "Input" : "Tensor";
      throw new InputError(
        `${kind} "${name}" does not lead to output "${
          options.outputs.join(", ")
        }"; choose another one`,
      );
    }
  }
  // Arithmetic on shapes is done, and what only served it goes.
  return removeUnused(builder.finish(...names));
}
