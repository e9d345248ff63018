/**
 * A graph that grows with TensorFlow's nodes: what is known before it runs is worked
 * out, branches that are not taken are left out, and what fails fails only those that
 * need it.
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { GrowingGraph } from "./growing_graph.ts";
import { dataTypes, type GraphDef, type NodeDef } from "./graphdef.ts";
import { elementCount, type Shape, type Tensor } from "./ir.ts";
import {
  constantData,
  drawn,
  evaluators,
  filled,
  heldAs,
  isTruth,
  type Known,
  largestKnown,
  type Range,
  rangeOf,
  readKnown,
  typeOf,
} from "./known/mod.ts";
import { dataInputs, evaluationOrder, tensorKey } from "./names.ts";
import { attribute, importError } from "./ops/_attributes.ts";
import {
  type Imported,
  type ImportedNode,
  importers,
  inferShapes,
  inferType,
} from "./ops/mod.ts";
import { checkSize } from "./_limits.ts";
import { cutType, placeholderShape } from "./_placeholder_shape.ts";
import { drawnError, unsupported } from "./unsupported.ts";

/** Floats that are arithmetic and no weights; weights are folded by a pass, when they are read. */
const mostFoldedFloats = 16;

/** What is there of a tensor that no node of ours makes. */
type Absent =
  /** The branch that makes it is not taken. */
  | { readonly kind: "dead" }
  | { readonly kind: "failed"; readonly error: InputError };

const dead: Absent = { kind: "dead" };

/** Ops that decide what a graph is, and are none of it. */
const decisions = ["Switch", "RefSwitch", "Merge", "RefMerge", "RandomUniform"];

/** Whether an op can be imported somewhere; not every use of it can. */
export function isSupported(op: string): boolean {
  return importers.has(op) || evaluators.has(op) || decisions.includes(op);
}

/** A graph in the making. */
export class GraphBuilder extends GrowingGraph {
  /** What each tensor has become, by `node` or `node:1`. */
  readonly values: Map<string, Tensor> = new Map();
  /** Why nodes could not be imported that had all they read, by their names. */
  readonly failures: Map<string, InputError> = new Map();
  readonly #nodeDefs: ReadonlyMap<string, NodeDef>;
  readonly #producer: number;
  readonly #takesBatch: boolean;
  readonly #shapes: ReadonlyMap<string, Shape>;
  readonly #imported = new Set<string>();
  readonly #absent = new Map<string, Absent>();
  /** Known values of types that a graph of ours does not tell apart, by tensor. */
  readonly #known = new Map<string, Known>();
  /** Names of tensors between those of TensorFlow's nodes. */
  readonly #own = new Set<string>();
  /** Numbers drawn at random, and by which node, by tensor. */
  readonly #drawn = new Map<string, Range & { readonly by: NodeDef }>();

  /** `shapes` are those of the inputs that the caller gives, by node name. */
  constructor(
    { nodes, producer }: Pick<GraphDef, "producer"> & {
      readonly nodes: ReadonlyMap<string, NodeDef>;
    },
    shapes: ReadonlyMap<string, Shape>,
    { takesBatch = false }: { readonly takesBatch?: boolean } = {},
  ) {
    super();
    this.#takesBatch = takesBatch;
    this.#nodeDefs = nodes;
    this.#producer = producer;
    this.#shapes = shapes;
  }

  /** Adds a node whose inputs have been added; that it fails is told by `failures` and `output`. */
  import(node: NodeDef): void {
    if (this.#imported.has(node.name)) return;
    this.#imported.add(node.name);
    try {
      this.#import(node);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.failures.set(node.name, error);
      this.#absent.set(node.name, { kind: "failed", error });
    }
  }

  /**
   * What a tensor has become.
   *
   * @throws {InputError} that says why it has become nothing
   */
  output(node: NodeDef, key: string): Tensor {
    const value = this.values.get(key);
    const by = value && this.#drawn.get(value.name)?.by;
    if (by) throw drawnError(by);
    if (value) return value;
    const absent = this.#absent.get(key) ?? this.#absent.get(node.name);
    if (absent?.kind === "failed") throw absent.error;
    throw new InputError(
      absent
        ? `Tensor "${key}" (op "${node.op}") is in a branch that is not taken; choose an output behind the branches`
        : `Node "${node.name}" (op "${node.op}") has no output`,
    );
  }

  /** Whether a node has become something, or is in a branch that is not taken. */
  isSettled(name: string): boolean {
    return this.values.has(name) || this.#absent.get(name)?.kind === "dead";
  }

  #import(node: NodeDef): void {
    const given = this.#shapes.get(node.name);
    if (given && node.op !== "Placeholder") {
      this.#addInput(node, { dtype: cutType(node), shape: given });
      return;
    }
    if (node.op === "Merge" || node.op === "RefMerge") {
      this.#merge(node);
      return;
    }
    const read = this.#read(node);
    if ("kind" in read) {
      this.#absent.set(node.name, read);
      return;
    }
    if (node.op === "Switch" || node.op === "RefSwitch") {
      this.#switch(node, read);
      return;
    }
    if (this.#fold(node, read) || this.#draw(node, read)) return;
    if (this.#pass(node, read)) return;
    const importer = importers.get(node.op);
    if (!importer) {
      throw unsupported(
        node,
        read.some((one) => this.#isMade(one)),
      );
    }
    this.#settle(
      node,
      described(node, () =>
        importer(node, read, {
          producer: this.#producer,
          add: (imported) => this.#addNode(node, imported),
          constant: (shape, values) =>
            this.tensor(
              this.constant(`${node.name} constant`, {
                shape,
                read: () => Float32Array.from(values),
              }),
            ),
        })),
    );
  }

  /** What a node reads, or why it makes nothing. */
  #read(node: NodeDef): readonly Tensor[] | Absent {
    const inputs = dataInputs(node);
    const found = inputs.map((name) => this.#find(name));
    const isDead = found.some((one) => one.kind === "dead") ||
      this.#isUntaken(node);
    if (isDead) return dead;
    const failed = found.find((one) => one.kind === "failed");
    if (failed) return failed;
    return found.flatMap((one, at) => {
      if (one.kind === "value") return one.value;
      const { node: name, output } = inputs[at];
      throw importError(
        node,
        `its input "${name}:${output}" is no value that can be used; only output 0 of an op is`,
      );
    });
  }

  #find(
    name: { readonly node: string; readonly output: number },
  ): Absent | { readonly kind: "value"; readonly value: Tensor } | {
    readonly kind: "none";
  } {
    const key = tensorKey(name);
    const value = this.values.get(key);
    if (value) return { kind: "value", value };
    return this.#absent.get(key) ?? this.#absent.get(name.node) ??
      { kind: "none" };
  }

  /** Whether a node waits for a branch that is not taken. */
  #isUntaken({ inputs }: NodeDef): boolean {
    return inputs.some((input) => {
      const name = input.startsWith("^") ? input.slice(1) : undefined;
      const before = name === undefined ? undefined : this.#nodeDefs.get(name);
      if (!before || !["Identity", "Switch"].includes(before.op)) return false;
      const order = evaluationOrder(this.#nodeDefs, [before], {
        cuts: new Set(this.#shapes.keys()),
        isTolerant: true,
      });
      for (const node of order) this.import(node);
      return this.#absent.get(before.name)?.kind === "dead";
    });
  }

  /** The value of the only branch that is taken, and which one it is. */
  #merge(node: NodeDef): void {
    const found = dataInputs(node).map((name) => this.#find(name));
    const taken = found.findIndex(({ kind }) => kind !== "dead");
    const others = found.slice(taken + 1).filter(({ kind }) => kind !== "dead");
    if (taken < 0) {
      this.#absent.set(node.name, dead);
      return;
    }
    const one = found[taken];
    if (one.kind === "failed") {
      this.#absent.set(node.name, one);
      return;
    }
    if (one.kind !== "value" || others.length > 0) {
      throw importError(
        node,
        "which of its branches is taken is not known before the graph runs",
      );
    }
    this.values.set(node.name, one.value);
    this.#addKnown(node, `${node.name}:1`, {
      ...{ type: "int32", shape: [], data: [taken] },
    });
  }

  #switch(node: NodeDef, [value, predicate]: readonly Tensor[]): void {
    const taken = predicate && this.#valueOf(predicate)?.data[0];
    if (taken === undefined) {
      throw importError(
        node,
        `which branch is taken is decided by "${predicate?.name}", which is not known before the graph runs; give it with --set ${predicate?.name}=false`,
      );
    }
    const outputs = [node.name, `${node.name}:1`];
    const [alive, other] = taken ? outputs.toReversed() : outputs;
    this.values.set(alive, value);
    this.#absent.set(other, dead);
  }

  /** Works a node out whose inputs are all known. */
  #fold(node: NodeDef, inputs: readonly Tensor[]): boolean {
    const evaluate = evaluators.get(node.op);
    if (!evaluate || !this.#isWorthKnowing(node, inputs)) return false;
    const values = inputs.flatMap((input) => this.#valueOf(input) ?? []);
    if (values.length < inputs.length || values.length === 0) return false;
    const outputs = described(node, () => evaluate(node, values));
    for (const [output, value] of outputs.entries()) {
      this.#addKnown(node, tensorKey({ node: node.name, output }), value);
    }
    return true;
  }

  /** Passes on what dropout that keeps all divides by 1, multiplies by 1 or chooses. */
  #pass(node: NodeDef, inputs: readonly Tensor[]): boolean {
    const passed = this.#passed(node, inputs);
    const [largest] = inputs.map(({ shape }) => elementCount(shape))
      .toSorted((a, b) => b - a);
    if (!passed || elementCount(passed.shape) < largest) return false;
    const rank = Math.max(...inputs.map(({ shape }) => shape.length));
    if (passed.constant || passed.shape.length < rank) return false;
    this.values.set(node.name, passed);
    return true;
  }

  #passed({ op }: NodeDef, inputs: readonly Tensor[]): Tensor | undefined {
    const [a, b, c] = inputs;
    const isAll = (tensor: Tensor | undefined, wanted: number) => {
      if (!tensor) return false;
      const isOne = elementCount(tensor.shape) === 1;
      const value = isOne
        ? this.#valueOf(tensor)
        : this.#known.get(tensor.name);
      const data = Array.from(value?.data ?? []);
      return data.length > 0 && data.every((each) => each === wanted);
    };
    switch (op) {
      case "Mul":
        return isAll(b, 1) ? a : isAll(a, 1) ? b : undefined;
      case "RealDiv":
        return isAll(b, 1) ? a : undefined;
      case "Select":
      case "SelectV2":
        return isAll(a, 1) ? b : isAll(a, 0) ? c : undefined;
      default:
        return undefined;
    }
  }

  #isWorthKnowing(node: NodeDef, inputs: readonly Tensor[]): boolean {
    const count = inputs.reduce(
      (sum, { shape }) => sum + elementCount(shape),
      0,
    );
    const areWeights = importers.has(node.op) &&
      inputs.every(({ dtype }) => dtype === "f32");
    return count <= (areWeights ? mostFoldedFloats : largestKnown);
  }

  #valueOf({ name, dtype, shape, constant }: Tensor): Known | undefined {
    const exact = this.#known.get(name);
    const type = typeOf(dtype);
    if (exact || !constant || !type) return exact;
    return { type, shape, data: constant.read() };
  }

  #addKnown(node: NodeDef, name: string, value: Known): void {
    const data = constantData(value);
    this.#known.set(name, value);
    this.#addValue(node, {
      name,
      shape: value.shape,
      dtype: heldAs[value.type],
      constant: { read: () => data },
    });
  }

  /** Follows numbers drawn at random to where it does not matter which. */
  #draw(node: NodeDef, inputs: readonly Tensor[]): boolean {
    if (node.op === "RandomUniform") {
      const [wanted] = inputs;
      const shape = wanted && this.#valueOf(wanted)?.data;
      if (!shape) throw drawnError(node);
      const { name } = node;
      this.#addValue(node, { name, dtype: "f32", shape: Array.from(shape) });
      this.#drawn.set(name, { ...drawn, by: node });
      return true;
    }
    const by = inputs.flatMap(({ name }) => this.#drawn.get(name)?.by ?? [])[0];
    if (!by) return false;
    if (
      ["Identity", "StopGradient", "Shape", "Rank", "Size"].includes(node.op)
    ) {
      return false;
    }
    const operands = inputs.flatMap((input) =>
      this.#drawn.get(input.name) ?? this.#valueOf(input) ?? []
    );
    const range = operands.length === inputs.length
      ? rangeOf(node, operands)
      : undefined;
    if (!range) {
      const error = drawnError(by);
      this.failures.set(by.name, error);
      this.#absent.set(node.name, { kind: "failed", error });
      return true;
    }
    const shape = inputs.map((one) => one.shape)
      .reduce((most, one) =>
        elementCount(one) > elementCount(most) ? one : most
      );
    if (range.least === range.most) {
      const type = isTruth(node) ? "bool" : "float";
      this.#addKnown(
        node,
        node.name,
        filled(type, shape, () => range.least),
      );
      return true;
    }
    this.#addValue(node, { name: node.name, dtype: "f32", shape });
    this.#drawn.set(node.name, { ...range, by });
    return true;
  }

  #settle(node: NodeDef, imported: Imported): void {
    const { name } = node;
    switch (imported.kind) {
      case "alias":
        this.values.set(name, this.#named(imported.of, name));
        return;
      case "several":
        for (const [output, of] of imported.of.entries()) {
          const key = tensorKey({ node: name, output });
          this.values.set(key, this.#named(of, key));
        }
        return;
      case "constant": {
        const { dtype, shape, constant } = imported;
        this.#addValue(node, { name, dtype, shape, constant });
        this.#keepWide(node);
        return;
      }
      case "input": {
        const given = this.#shapes.get(name);
        const shape = placeholderShape(node, {
          ...{ declared: imported.shape, given },
          takesBatch: this.#takesBatch,
        });
        this.#addInput(node, { dtype: imported.dtype, shape });
        return;
      }
      case "node":
        this.values.set(name, this.#addNode(node, imported, name));
        return;
      default:
        return imported satisfies never;
    }
  }

  /** A graph of ours holds 32 bits of a constant of 64. */
  #keepWide(node: NodeDef): void {
    const tensor = attribute(node, "value", "tensor");
    if (tensor?.dtype !== dataTypes.int64) return;
    const value = described(node, () => readKnown(tensor));
    if (value.data.length <= largestKnown) this.#known.set(node.name, value);
  }

  /** A tensor by TensorFlow's name, where its last node is one that only we have. */
  #named(tensor: Tensor, name: string): Tensor {
    const at = this.nodes.findLastIndex(({ outputs }) =>
      outputs[0] === tensor.name
    );
    if (!this.#own.has(tensor.name) || at < 0) return tensor;
    const isRead = this.nodes.slice(at + 1)
      .some(({ inputs }) => inputs.includes(tensor.name));
    if (isRead) return tensor;
    this.#own.delete(tensor.name);
    this.tensors.delete(tensor.name);
    this.nodes[at] = { ...this.nodes[at], name, outputs: [name] };
    const named = { ...tensor, name };
    this.add(named);
    return named;
  }

  #addInput(node: NodeDef, input: Pick<Tensor, "dtype" | "shape">): void {
    this.inputs.push(node.name);
    this.#addValue(node, { name: node.name, ...input });
  }

  /** Adds a node, under a name of its own where it is not the last of TensorFlow's. */
  #addNode(node: NodeDef, imported: ImportedNode, name?: string): Tensor {
    const { inputs, shapes } = imported;
    const [shape] = described(
      node,
      () => inferShapes(imported, inputs, shapes),
    );
    const dtype = inferType(imported, inputs);
    const own = name ?? this.free(`${node.name} ${imported.op}`);
    if (name === undefined) this.#own.add(own);
    const tensor: Tensor = { name: own, dtype, shape };
    checkSize(node, tensor);
    for (const input of inputs) this.add(input);
    this.add(tensor);
    const { kind: _kind, shapes: _shapes, ...operation } = imported;
    this.nodes.push({
      ...operation,
      name: own,
      inputs: inputs.map((input) => input.name),
      outputs: [own],
    });
    return tensor;
  }

  #addValue(node: NodeDef, tensor: Tensor): void {
    checkSize(node, tensor);
    this.values.set(tensor.name, tensor);
    this.add(tensor);
  }

  /** Whether a tensor is the result of a node: there is something before what reads it. */
  #isMade({ name, constant }: Tensor): boolean {
    return !constant && !this.inputs.includes(name);
  }
}

/** Runs a rule; rules do not know which node they speak of. */
function described<T>(node: NodeDef, infer: () => T): T {
  try {
    return infer();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    if (error.message.startsWith("Cannot import node")) throw error;
    throw importError(node, error.message);
  }
}
