/**
 * Graph -> Program: lowers each node to steps, then gives buffers to tensors.
 *
 * @module
 */
import type { Precision } from "../../kernels/half.ts";
import { roundUp } from "../../kernels/kernel.ts";
import { InputError } from "../errors.ts";
import {
  elementCount,
  type Graph,
  type NodeOf,
  type OpName,
  type Shape,
  type Tensor,
  tensorOf,
} from "../graph/ir.ts";
import { type OpRule, rules } from "../graph/ops/mod.ts";
import { type TexelSteps, useTexels } from "./texel_tensors.ts";
import type {
  Lowering,
  Packing,
  Place,
  TensorKind,
} from "../graph/lowering.ts";
import type {
  BufferIndex,
  BufferSpec,
  Plan,
  Step,
} from "../../kernels/program.ts";
import { assignSlots } from "./slots.ts";
import { plainTuning, type Tuning } from "../../kernels/tuning.ts";

/** How {@linkcode planGraph} names things. */
export interface PlanOptions {
  /** Names the program, and its constants in the session. */
  readonly label: string;
  /**
   * Buffer names of inputs and outputs [the tensors' own names]; those of
   * variables are {@linkcode variableBuffer}.
   */
  readonly names?: Readonly<Record<string, string>>;
  /** The kernels' ways of computing [{@linkcode plainTuning}]. */
  readonly tuning?: Tuning;
  /** How constant weights of convolutions and matrix products are stored [f32]. */
  readonly precision?: Precision;
}

/**
 * The name of the buffer that holds a variable of so many elements, in every
 * program of a session. The size is part of it, so that one session can train
 * networks whose layers have the same names.
 */
export function variableBuffer(name: string, elements: number): string {
  return `variable: ${name} ${elements}`;
}

/**
 * A variable's buffer is filled up to so many bytes, so that a bias is as long
 * as kernels read it: they take whole tiles of 16 channels.
 */
const variableAlignment = 64;

/**
 * Plans a graph. Inputs and outputs become named buffers that outlive a run;
 * constants and variables too; everything else shares scratch slots. Variables
 * are not among the plan's constants, because loading a second program must not
 * reset them: whoever trains them writes them.
 *
 * @throws {InputError} if an op cannot run on the GPU as it is used.
 */
export function planGraph(graph: Graph, options: PlanOptions): Plan {
  const planner = new Planner(graph, options);
  const steps = graph.nodes.flatMap((node) => planner.lower(node));
  return planner.finish(steps);
}

class Planner implements Lowering {
  readonly tuning: Tuning;
  readonly precision: Precision;
  readonly #graph: Graph;
  readonly #options: PlanOptions;
  /** Before slots are assigned. */
  readonly #buffers: BufferSpec[] = [];
  readonly #bufferOf = new Map<string, BufferIndex>();
  readonly #constants = new Map<string, () => Float32Array | Uint32Array>();
  /** Tensors that are another tensor's bytes under a new shape. */
  readonly #aliases: ReadonlyMap<string, string>;

  constructor(graph: Graph, options: PlanOptions) {
    this.#graph = graph;
    this.#options = options;
    this.tuning = options.tuning ?? plainTuning;
    this.precision = options.precision ?? "f32";
    this.#aliases = sharedBuffers(graph);
    for (const name of [...graph.inputs, ...graph.outputs]) this.#buffer(name);
  }

  lower<K extends OpName>(node: NodeOf<K>): readonly Step[] {
    if (node.op === "reshape" && this.#aliases.has(node.outputs[0])) return [];
    const rule: OpRule<K> = rules[node.op];
    if (!rule.lower) {
      throw new InputError(
        `Cannot run node "${node.name}" (${node.op}) on the GPU: choose an --input-tensor after it`,
      );
    }
    return rule.lower(node, this);
  }

  finish(steps: readonly Step[]): Plan {
    const constants = new Set(this.#constants.keys());
    const chosen = useTexels(steps, {
      buffers: this.#buffers,
      isConstant: (buffer) => constants.has(this.#buffers[buffer].name ?? ""),
      texels: this.tuning.texels,
    });
    const { specs, indexOf } = layOut(this.#buffers, chosen);
    const rename = (buffer: BufferIndex) => indexOf[buffer];
    return {
      program: {
        label: this.#options.label,
        buffers: specs,
        steps: chosen.steps.map((step) => ({
          ...step,
          reads: step.reads.map(rename),
          readBytes: step.reads.map((buffer) => this.#buffers[buffer].bytes),
          writes: step.writes.map(rename),
        })),
      },
      constants: this.#constants,
    };
  }

  shape(tensor: string): Shape {
    return tensorOf(this.#graph, tensor).shape;
  }

  kindOf(tensor: string): TensorKind {
    const { constant, variable } = tensorOf(this.#graph, tensor);
    return constant ? "constant" : variable ? "variable" : "computed";
  }

  read(tensor: string): BufferIndex {
    const { constant, shape } = tensorOf(this.#graph, tensor);
    if (!constant) return this.#buffer(tensor);
    return this.packed(tensor, {
      layout: "as it is",
      elements: elementCount(shape),
      pack: (data) => Float32Array.from(data),
    });
  }

  place(tensor: string): Place {
    const { view, shape } = tensorOf(this.#graph, tensor);
    const channels = shape.at(-1) ?? 1;
    if (!view) {
      return { buffer: this.#buffer(tensor), stride: channels, offset: 0 };
    }
    const whole = this.place(view.of);
    return { ...whole, offset: whole.offset + view.channelOffset };
  }

  packed(tensor: string, { layout, pack, elements }: Packing): BufferIndex {
    const { constant } = tensorOf(this.#graph, tensor);
    if (!constant) {
      throw new InputError(
        `Tensor "${tensor}" is computed where a constant is needed: only frozen weights are supported there`,
      );
    }
    const name = `${tensor} (${layout})`;
    return this.#constant(name, elements, () => pack(constant.read()));
  }

  scratch(elements: number): BufferIndex {
    return this.#buffers.push({ bytes: elements * 4 }) - 1;
  }

  literal(name: string, data: Float32Array): BufferIndex {
    return this.#constant(name, data.length, () => data);
  }

  #constant(
    what: string,
    elements: number,
    read: () => Float32Array | Uint32Array,
  ): BufferIndex {
    const name = `${this.#options.label}: ${what} ${elements}`;
    const known = this.#bufferOf.get(name);
    if (known !== undefined) return known;
    this.#constants.set(name, read);
    return this.#add(name, { bytes: elements * 4, name });
  }

  #buffer(tensor: string): BufferIndex {
    const root = this.#aliases.get(tensor) ?? tensor;
    const known = this.#bufferOf.get(root);
    if (known !== undefined) return known;
    if (tensorOf(this.#graph, root).variable) return this.#variable(root);
    const { inputs, outputs } = this.#graph;
    const bytes = bytesOf(tensorOf(this.#graph, root));
    const outside = [...inputs, ...outputs].find((name) =>
      (this.#aliases.get(name) ?? name) === root
    );
    if (outside === undefined) return this.#add(root, { bytes });
    const name = this.#options.names?.[outside] ?? outside;
    const { constant } = tensorOf(this.#graph, root);
    if (constant) {
      this.#constants.set(name, () => Float32Array.from(constant.read()));
    }
    return this.#add(root, { bytes, name });
  }

  #variable(tensor: string): BufferIndex {
    const elements = elementCount(this.shape(tensor));
    const bytes = roundUp(elements * 4, variableAlignment);
    const name = variableBuffer(tensor, elements);
    return this.#add(tensor, { bytes, name });
  }

  #add(key: string, buffer: BufferSpec): BufferIndex {
    const index = this.#buffers.push(buffer) - 1;
    this.#bufferOf.set(key, index);
    return index;
  }
}

/** Bytes of a tensor, in whole words. */
function bytesOf({ shape, dtype }: Tensor): number {
  const count = elementCount(shape);
  return dtype === "u8" ? roundUp(count, 4) : count * 4;
}

/** What is another tensor's buffer: new values of variables, and most reshapes. */
function sharedBuffers(graph: Graph): Map<string, string> {
  const aliases = reshapeAliases(graph);
  for (const { name, updates } of graph.tensors.values()) {
    if (updates !== undefined) {
      aliases.set(name, aliases.get(updates) ?? updates);
    }
  }
  return aliases;
}

/**
 * A reshape costs nothing where its output may be its input's bytes: not for
 * views, and not where both would be named, as inputs and outputs are.
 */
function reshapeAliases(graph: Graph): Map<string, string> {
  const aliases = new Map<string, string>();
  const variables = [...graph.tensors.values()]
    .filter(({ variable }) => variable !== undefined)
    .map(({ name }) => name);
  const named = new Set([...graph.inputs, ...graph.outputs, ...variables]);
  for (const node of graph.nodes) {
    if (node.op !== "reshape") continue;
    const [input] = node.inputs;
    const [output] = node.outputs;
    const root = aliases.get(input) ?? input;
    const { constant, view } = tensorOf(graph, root);
    const haveTwoNames = named.has(root) && named.has(output);
    if (constant || view || haveTwoNames) continue;
    if (named.has(output)) named.add(root);
    aliases.set(output, root);
  }
  return aliases;
}

/** Named buffers as they are, then slots for what lives only between steps. */
function layOut(
  buffers: readonly BufferSpec[],
  { steps, tensors }: TexelSteps,
): { specs: BufferSpec[]; indexOf: number[] } {
  const uses = buffers.map(() => ({ first: Infinity, last: -1 }));
  for (const [at, step] of steps.entries()) {
    for (const buffer of [...step.reads, ...step.writes]) {
      uses[buffer].first = Math.min(uses[buffer].first, at);
      uses[buffer].last = Math.max(uses[buffer].last, at);
    }
  }
  const specs: BufferSpec[] = [];
  const indexOf = new Array<number>(buffers.length).fill(-1);
  const scratch: number[] = [];
  for (const [index, { name, bytes }] of buffers.entries()) {
    if (name === undefined) scratch.push(index);
    else indexOf[index] = specs.push({ bytes, name }) - 1;
  }
  for (const texels of [false, true]) {
    const alike = scratch.filter((index) => tensors.has(index) === texels);
    const { slots, slotOf } = assignSlots(
      alike.map((index) => ({ bytes: buffers[index].bytes, ...uses[index] })),
    );
    const firstSlot = specs.length;
    for (const bytes of slots) {
      specs.push(texels ? { bytes, texels } : { bytes });
    }
    for (const [at, index] of alike.entries()) {
      indexOf[index] = firstSlot + slotOf[at];
    }
  }
  return { specs, indexOf };
}
