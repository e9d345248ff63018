/** TensorFlow's nodes that make a picture of another, as ONNX's: whole numbers become i64, and transposes by a computed order a choice of two. */
import { dataTypes, type NodeDef, type TensorDef } from "../graph/node_def.ts";
import { readTensor } from "../graph/tensor.ts";
import { type OnnxTensor, onnxTypes } from "./model.ts";
import { OnnxNodes } from "./_nodes.ts";

/** Ops that differ in nothing but their name. */
const sameOps: Readonly<Record<string, string>> = {
  Add: "Add",
  Sub: "Sub",
  Mul: "Mul",
  RealDiv: "Div",
  Maximum: "Max",
  Minimum: "Min",
  Less: "Less",
  Rint: "Round",
  Floor: "Floor",
  Abs: "Abs",
  Sign: "Sign",
  Select: "Where",
  Range: "Range",
  Reshape: "Reshape",
  Shape: "Shape",
};

const types: Readonly<Record<number, number>> = {
  [dataTypes.float]: onnxTypes.float,
  [dataTypes.double]: onnxTypes.double,
  [dataTypes.int32]: onnxTypes.int64,
  [dataTypes.uint8]: onnxTypes.uint8,
};

/** The orders that a transpose is by, of which its second operand is one; they differ in where axis 1 comes from. */
type Orders = readonly [readonly number[], readonly number[]];

/** Nodes that grow. */
export class TranslatedNodes extends OnnxNodes {
  readonly #constants: OnnxTensor[] = [];

  /** `orders` are those of transposes whose order is computed, by their names. */
  translate(
    nodes: readonly NodeDef[],
    { orders }: { readonly orders: Readonly<Record<string, Orders>> },
  ): void {
    for (const node of nodes) {
      const readers = nodes.filter(({ inputs }) => inputs.includes(node.name));
      const isReshaped = readers.every(({ op }) => op === "Reshape");
      const turned = orders[node.name];
      if (turned) this.#turned(node, { orders: turned, isReshaped });
      else this.#translate(node);
    }
    const read = new Set(this.nodes.flatMap(({ inputs }) => inputs));
    // Lists that became attributes are read by none.
    this.initializers.push(
      ...this.#constants.filter(({ name }) => read.has(name)),
    );
  }

  #translate(node: NodeDef): void {
    const { name, op, inputs } = node;
    const same = sameOps[op];
    if (same !== undefined) {
      this.node(same, inputs, { name });
      return;
    }
    const [x, other] = inputs;
    switch (op) {
      case "Const":
        return this.#constant(name, tensorOf(node));
      case "Cast":
        this.node("Cast", inputs, { name, to: types[typeOf(node, "DstT")] });
        return;
      case "Slice": {
        const [, begin, size] = inputs;
        const end = this.node("Add", [begin, size], { name: `${name}/end` });
        this.node("Slice", [x, begin, end], { name });
        return;
      }
      case "Sum": {
        const keepdims = Number(flag(node, "keep_dims"));
        this.node("ReduceSum", [x, other], { name, keepdims });
        return;
      }
      case "Min":
      case "Max": {
        const keepdims = Number(flag(node, "keep_dims"));
        const axes = this.#valuesOf(other);
        this.node(`Reduce${op}`, [x], { name, axes, keepdims });
        return;
      }
      case "MatMul":
        // ONNX Runtime joins a transpose and a product to one that is of f32 alone.
        if (flag(node, "transpose_b")) {
          this.node("Einsum", inputs, { name, equation: "mk,nk->mn" });
        } else this.node("MatMul", inputs, { name });
        return;
      case "Pack": {
        const row = this.wholes([1]);
        const rows = inputs.map((input, at) =>
          this.node("Reshape", [input, row], { name: `${name}/row_${at}` })
        );
        this.node("Concat", rows, { name, axis: 0 });
        return;
      }
      case "Transpose":
        this.node("Transpose", [x], { name, perm: this.#valuesOf(other) });
        return;
      default:
        throw new Error(`ONNX's node for "${op}" is not told`);
    }
  }

  #valuesOf(name: string): readonly number[] {
    const found = this.#constants.find((constant) => constant.name === name);
    if (found?.values) return found.values;
    throw new Error(`"${name}" is no constant`);
  }

  #constant(name: string, tensor: TensorDef): void {
    const { dtype, shape, content } = tensor;
    const type = types[dtype];
    this.#constants.push({
      ...{ name, shape: shape ?? [], type },
      ...type === onnxTypes.int64
        ? { values: Array.from(readTensor(tensor)) }
        : { raw: content },
    });
  }

  /**
   * ONNX's transposes have an order of their own: of both that it may be, one is of
   * the whole tensor, and one of nothing, and together they are the tensor. What
   * is reshaped then stays a row: ONNX Runtime 1.30 joins two reshapes to a wrong one.
   */
  #turned(
    { name, inputs: [x, order] }: NodeDef,
    { orders, isReshaped }: {
      readonly orders: Orders;
      readonly isReshaped: boolean;
    },
  ): void {
    const add = (
      part: string,
      op: string,
      inputs: readonly string[],
      attributes = {},
    ) => this.node(op, inputs, { name: `${name}/${part}`, ...attributes });
    const [zero, one, flat] = [[0], [1], [-1]].map((list) => this.wholes(list));
    const second = add("second", "Slice", [order, one, this.wholes([2])]);
    const shape = add("shape", "Shape", [x]);
    const length = add("length", "Slice", [shape, zero, one]);
    const parts = orders.map((perm, at) => {
      const is = add(`is_${at}`, "Equal", [second, this.wholes([perm[1]])]);
      const count = add(`count_${at}`, "Cast", [is], { to: onnxTypes.int64 });
      const end = add(`end_${at}`, "Mul", [length, count]);
      const part = add(`part_${at}`, "Slice", [x, zero, end, zero]);
      const turned = add(`turned_${at}`, "Transpose", [part], { perm });
      return add(`flat_${at}`, "Reshape", [turned, flat]);
    });
    if (isReshaped) {
      this.node("Concat", parts, { name, axis: 0 });
      return;
    }
    const all = add("all", "Concat", parts, { axis: 0 });
    const sizes = add("sizes", "Gather", [shape, order], { axis: 0 });
    this.node("Reshape", [all, sizes], { name });
  }
}

function typeOf({ attributes }: NodeDef, name: string): number {
  const value = attributes.get(name);
  return value?.kind === "type" ? value.value : 0;
}

function flag({ attributes }: NodeDef, name: string): boolean {
  const value = attributes.get(name);
  return value?.kind === "bool" && value.value;
}

function tensorOf({ attributes }: NodeDef): TensorDef {
  const value = attributes.get("value");
  if (value?.kind === "tensor") return value.value;
  throw new Error("A Const has a tensor");
}
