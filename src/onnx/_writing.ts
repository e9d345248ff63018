/**
 * An ONNX graph in the making: tensors of ours in the order of axes that ONNX's ops
 * take, turned only where that cannot be put off.
 *
 * @module
 */
import {
  elementCount,
  type Graph,
  type Shape,
  type Tensor,
  tensorOf,
} from "../graph/ir.ts";
import { rules } from "../graph/ops/mod.ts";
import { bytesOf, OnnxNodes } from "./_nodes.ts";
import { onnxTypes } from "./model.ts";
import { areAlike, ownAxes, type Parts, type Value } from "./value.ts";

/** How ONNX has images that are kept NHWC. */
export const channelsFirst: readonly number[] = [0, 3, 1, 2];

/** What grows. */
export class OnnxWriting extends OnnxNodes {
  readonly graph: Graph;
  readonly #batch: number;
  /** What each tensor of ours is held as: a `Value` whose `tensor` is ONNX's, and whose `axes` are ours. */
  readonly #held = new Map<string, Value[]>();
  readonly #lifted = new Set<string>();

  constructor(graph: Graph, { batch }: { readonly batch: number }) {
    super(graph.tensors.keys());
    this.graph = graph;
    this.#batch = batch;
    for (const name of batch > 1 ? graph.inputs : []) this.#lifted.add(name);
    for (const { inputs, outputs } of graph.nodes) {
      if (!inputs.some((name) => this.#lifted.has(name))) continue;
      for (const name of outputs) this.#lifted.add(name);
    }
  }

  /** The shape of a tensor of ours. */
  shape(name: string): Shape {
    return tensorOf(this.graph, name).shape;
  }

  /** Whether there is one of a tensor for each image, at the start of its first axis. */
  isLifted(name: string): boolean {
    return this.#lifted.has(name);
  }

  /** Whether a tensor's values are in the file. */
  isConstant(name: string): boolean {
    const { constant, variable } = tensorOf(this.graph, name);
    return constant !== undefined || variable !== undefined;
  }

  /** Says that a tensor of ours is one of ONNX's, its axes in an order. */
  put(
    name: string,
    { as = name, axes = ownAxes(this.shape(name).length), parts }: {
      readonly as?: string;
      readonly axes?: readonly number[];
      readonly parts?: Parts;
    } = {},
  ): void {
    const shape = this.shape(name);
    const kept = axes.map((axis) => shape[axis]);
    const tensor: Tensor = { name: as, shape: kept, dtype: "f32" };
    const value: Value = {
      ...{ tensor, axes, type: "float" },
      ...parts && { parts },
    };
    this.#held.set(name, [...this.#held.get(name) ?? [], value]);
  }

  /** What a tensor of ours is held as first; a constant as it is. */
  value(name: string): Value {
    const [value] = this.#held.get(name) ?? [];
    if (value) return value;
    if (!this.isConstant(name)) throw new Error(`"${name}" is not made yet`);
    const tensor = tensorOf(this.graph, name);
    return { tensor, axes: ownAxes(tensor.shape.length), type: "float" };
  }

  /** The name in ONNX of a tensor of ours with its axes in an order. */
  in(name: string, axes: readonly number[]): string {
    if (this.isConstant(name)) return this.constant(name, { axes });
    const all = this.#held.get(name) ?? [];
    const found = all.find((value) =>
      !value.parts && value.axes.join() === axes.join()
    );
    if (found) return found.tensor.name;
    const from = this.value(name);
    if (from.parts) throw new Error(`"${name}" has its elements elsewhere`);
    const named = { name: this.fresh(`${name}/${axes.join("_")}`) };
    const source = from.tensor.name;
    const made = areAlike(this.shape(name), from.axes, axes)
      ? this.node(
        "Reshape",
        [source, this.wholes(this.sizes(name, axes))],
        named,
      )
      : this.node("Transpose", [source], {
        ...named,
        perm: axes.map((axis) => from.axes.indexOf(axis)),
      });
    this.put(name, { as: made, axes });
    return made;
  }

  /** As ours has it. */
  own(name: string): string {
    return this.in(name, ownAxes(this.shape(name).length));
  }

  /** A constant with its axes in an order, and then in another shape. */
  constant(
    name: string,
    { axes, shape, before, first }: {
      readonly axes: readonly number[];
      /** Of as many elements [that of the axes]. */
      readonly shape?: Shape;
      /** The shape that the axes are of [its own]. */
      readonly before?: Shape;
      /** How much of its first axis is taken [all]. */
      readonly first?: number;
    },
  ): string {
    const tensor = tensorOf(this.graph, name);
    const own = before ?? tensor.shape;
    const whole = first === undefined ? own : [first, ...own.slice(1)];
    const kept = axes.map((axis) => whole[axis]);
    const isOwn = axes.every((axis, at) => axis === at);
    const target = shape ?? kept;
    const isAsItIs = isOwn && target.join() === tensor.shape.join();
    const source = tensor.constant ?? tensor.variable;
    if (!source) throw new Error(`"${name}" is no constant`);
    const { evaluate } = rules.transpose;
    if (!evaluate) throw new Error("Transposes are worked out");
    const turned = () => {
      // Whole numbers and truths are floats where kernels read them.
      const data = source.read().subarray(0, elementCount(whole));
      if (isOwn) return data;
      return evaluate([{ shape: whole, data }], { order: axes }, kept);
    };
    return this.once(
      `constant ${name} ${own.join()} ${axes.join()} ${target.join()}`,
      (name) => ({
        ...{ name, shape: target, type: onnxTypes.float },
        raw: bytesOf(Float32Array.from(turned())),
      }),
      () => isAsItIs ? name : this.fresh(`${name}/${target.join("x")}`),
    );
  }

  /** A list of sizes in which that of each image's may be any. */
  sizes(name: string, axes: readonly number[]): number[] {
    const shape = this.shape(name);
    return axes.map((axis) =>
      axis === 0 && this.isLifted(name) ? -1 : shape[axis]
    );
  }

  /** A shape for `ValueInfo`, open where there is one of each image. */
  openShape(name: string, axes: readonly number[]): (number | string)[] {
    const shape = this.shape(name);
    return axes.map((axis) => {
      if (axis !== 0 || !this.isLifted(name)) return shape[axis];
      const each = shape[0] / this.#batch;
      return each === 1 ? "batch" : `batch * ${each}`;
    });
  }

  /** A shape of as many images as a tensor has, and sizes after them. */
  countedShape(like: string, rest: readonly number[]): string {
    const { tensor: { name }, axes } = this.value(like);
    const start = axes.indexOf(0);
    const count = this.node("Shape", [name], {
      ...{ name: this.fresh(`${like}/images`), start, end: start + 1 },
    });
    return this.node("Concat", [count, this.wholes(rest)], {
      ...{ name: this.fresh(`${like}/shape`), axis: 0 },
    });
  }

  /** Of a constant that is repeated for each image, the part of one; as often as another tensor has images. */
  repeated(name: string, axes: readonly number[], like: string): string {
    const shape = this.shape(name);
    const first = shape[0] / this.#batch;
    const one = this.constant(name, { axes, first });
    const ones = Array<number>(shape.length - 1).fill(1);
    const to = this.countedShape(like, ones);
    return this.node("Expand", [one, to], {
      name: this.fresh(`${name}/repeated`),
    });
  }
}
