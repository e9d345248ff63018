/**
 * ONNX's graph becomes ours.
 *
 * @module
 */
import { firstNotFinite } from "../bytes/finite.ts";
import { InputError } from "../errors.ts";
import { type Graph, removeUnused, type Shape } from "../graph/ir.ts";
import { editDistance } from "../suggest.ts";
import { OnnxBuilder } from "./builder.ts";
import type {
  OnnxDimension,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxValue,
} from "./model.ts";
import { onnxTypes } from "./model.ts";
import { neededOnnx, producersOf } from "./names.ts";
import type { OnnxOp, Versioned } from "./op.ts";
import { ops } from "./ops/mod.ts";
import { knownTypeOf } from "./tensor.ts";
import { nodeError, unsupported } from "./unsupported.ts";
import { imageAxes, ownAxes, type Value } from "./value.ts";

/** What to import. */
export interface OnnxImportOptions {
  /** Names of tensors; only what they need is imported [the graph's outputs]. */
  readonly outputs?: readonly string[];
  /**
   * Shapes of inputs by name, as ONNX has them. An input of the graph takes from it
   * the sizes that the file leaves open; any other tensor becomes an input of
   * exactly that shape, and what is before it is left out.
   */
  readonly inputs?: Readonly<Record<string, Shape>>;
  /** Whether inputs that are pictures come with their channels last, whatever the file says [no]. */
  readonly channelsLast?: boolean;
  /** Height and width of inputs that are pictures [those in the file]. */
  readonly inputSize?: number | undefined;
}

/** The oldest version of ONNX's ops that is read: it brought NumPy's broadcasts. */
const oldestOpset = 7;

/**
 * Imports the part of a model that some of its tensors need, at the batch that it
 * was exported with (1 where the file leaves it open). Arithmetic on shapes is
 * done; images are kept with their channels last.
 *
 * `graph.outputs[i]` is what `options.outputs[i]` has become, its axes in ONNX's
 * order.
 *
 * @throws {InputError} for anything missing, damaged or unsupported; the message
 * names the node and its op
 */
export function importOnnx(
  model: OnnxModel,
  options: OnnxImportOptions = {},
): Graph {
  const opset = model.opsets.get("") ?? oldestOpset;
  if (opset < oldestOpset) {
    throw new InputError(
      `The model is written in version ${opset} of ONNX's ops, and those from ${oldestOpset} on are read; convert it with onnx.version_converter`,
    );
  }
  const { graph } = model;
  const outputs = options.outputs ?? graph.outputs.map(({ name }) => name);
  if (outputs.length === 0) throw new InputError("The model has no outputs");
  return new Importing(graph, { ...options, outputs, opset }).finish();
}

class Importing {
  readonly #builder = new OnnxBuilder();
  readonly #graph: OnnxGraph;
  readonly #options: OnnxImportOptions & {
    readonly outputs: readonly string[];
    readonly opset: number;
  };
  readonly #values = new Map<string, Value>();
  readonly #initializers: ReadonlyMap<string, OnnxTensor>;
  readonly #inputs: ReadonlyMap<string, OnnxValue>;
  readonly #producers: ReadonlyMap<string, OnnxNode>;

  constructor(
    graph: OnnxGraph,
    options: OnnxImportOptions & {
      readonly outputs: readonly string[];
      readonly opset: number;
    },
  ) {
    this.#graph = graph;
    this.#options = options;
    this.#initializers = new Map(
      graph.initializers.map((tensor) => [tensor.name, tensor]),
    );
    this.#inputs = new Map(graph.inputs.map((input) => [input.name, input]));
    this.#producers = producersOf(graph.nodes);
  }

  finish(): Graph {
    const { outputs, opset, inputs = {} } = this.#options;
    const given = Object.keys(inputs);
    for (const name of [...outputs, ...given]) this.#checkName(name);
    const { nodes: needed } = neededOnnx(this.#graph, {
      outputs,
      cuts: new Set(given),
    });
    const missing = this.#graph.nodes.filter((node) =>
      needed.has(node) && !opOf(node)
    );
    if (missing.length > 0) throw unsupported(missing);
    for (const node of this.#graph.nodes) {
      if (needed.has(node)) this.#import({ ...node, opset });
    }
    const names = outputs.map((name) =>
      this.#builder.settled(this.#value(name))
    ).map(({ tensor }) => this.#builder.graph.add(tensor));
    const unread = given.find((name) =>
      !this.#builder.graph.inputs.includes(name)
    );
    if (unread !== undefined) {
      throw new InputError(
        `Input "${unread}" does not lead to output "${
          outputs.join(", ")
        }"; choose another one`,
      );
    }
    return removeUnused(this.#builder.graph.finish(...names));
  }

  #checkName(name: string): void {
    const all = [this.#initializers, this.#inputs, this.#producers];
    if (all.some((names) => names.has(name))) return;
    const names = [...this.#inputs.keys(), ...this.#producers.keys()];
    const limit = Math.max(2, Math.floor(name.length / 3));
    const near = names.find((other) => editDistance(name, other) <= limit);
    throw new InputError(
      `The model has no tensor "${name}"; ${
        near === undefined
          ? "inspect the file to see its tensors"
          : `did you mean "${near}"?`
      }`,
    );
  }

  #import(node: Versioned): void {
    const op = opOf(node);
    if (!op) throw new Error(`"${node.op}" is supported`);
    const inputs = node.inputs.map((name) =>
      name === "" ? undefined : this.#value(name)
    );
    described(node, () => {
      const values = this.#builder.within(
        node.outputs,
        () => this.#made(node, { op, inputs }),
      );
      for (const [at, name] of node.outputs.entries()) {
        const value = values[at];
        if (name !== "" && value) this.#values.set(name, value);
      }
    });
  }

  #made(
    node: Versioned,
    { op, inputs }: {
      readonly op: OnnxOp;
      readonly inputs: readonly (Value | undefined)[];
    },
  ): readonly Value[] {
    const [least, most = least] = op.inputs;
    const count = inputs.findLastIndex((input) => input) + 1;
    if (count < least || count > most) {
      throw new InputError(
        `${count} inputs, expected ${
          most === least ? least : `${least} to ${most}`
        }`,
      );
    }
    const there = inputs.filter((input) => input !== undefined);
    const isKnown = there.length > 0 && there.every(({ known }) => known);
    if (op.evaluate && isKnown) {
      return op.evaluate(node, inputs.map((input) => input?.known))
        .map((value, at) =>
          this.#builder.knownValue(value, node.outputs[at] ?? "")
        );
    }
    if (!op.import) {
      throw new InputError(
        "it is supported only where its inputs are known before the graph runs",
      );
    }
    const { takes = "own" } = op;
    const ready = inputs.map((input) => {
      if (!input) return input;
      if (takes === "own") return this.#builder.settled(input);
      return takes === "anyAxes" && input.parts
        ? this.#builder.settled(input)
        : input;
    });
    const made = op.import(node, ready, this.#builder);
    return "tensor" in made ? [made] : made;
  }

  #value(name: string): Value {
    const known = this.#values.get(name);
    if (known) return known;
    const value = this.#source(name);
    this.#values.set(name, value);
    return value;
  }

  /** A value that no node makes. */
  #source(name: string): Value {
    const { inputs = {} } = this.#options;
    const input = this.#inputs.get(name);
    const given = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    const tensor = this.#initializers.get(name);
    if (tensor && !given) {
      checkFinite(tensor);
      try {
        return this.#builder.constant(tensor, name);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        throw new InputError(`Cannot read tensor "${name}": ${error.message}`);
      }
    }
    if (input) return this.#input(input, given);
    if (given) {
      const { shape, axes } = this.#laidOut(given);
      return this.#builder.input(name, { shape, axes, type: "float" });
    }
    throw new InputError(
      `Tensor "${name}" is not there before the node that reads it; the file is damaged`,
    );
  }

  #input(input: OnnxValue, given: Shape | undefined): Value {
    const { name, type } = input;
    if (type === 0 || type === onnxTypes.string) {
      throw new InputError(
        `Input "${name}" takes ${
          type === 0 ? "no tensor" : "texts"
        }, which nothing here feeds`,
      );
    }
    const shape = inputShape(input, given, this.#options);
    const laidOut = this.#laidOut(shape);
    return this.#builder.input(name, { ...laidOut, type: knownTypeOf(type) });
  }

  #laidOut(shape: Shape): { readonly shape: Shape; readonly axes: number[] } {
    const isTurned = this.#options.channelsLast && arePictures(shape);
    return { shape, axes: isTurned ? [...imageAxes] : ownAxes(shape.length) };
  }
}

/** Whether an op can be imported somewhere; not every use of it can. */
export function supportsOnnx(node: OnnxNode): boolean {
  return opOf(node) !== undefined;
}

function opOf({ domain, op }: OnnxNode): OnnxOp | undefined {
  return domain === "" ? ops.get(op) : undefined;
}

/** Runs what makes a node of ours; what it throws does not know which node it speaks of. */
function described(node: OnnxNode, make: () => void): void {
  try {
    make();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const reason = error.message.replace(
      /^Cannot import node ".*?" \(op ".*?"\): /s,
      "",
    );
    throw nodeError(node, reason);
  }
}

/** Grey, RGB, and RGB with opacity. */
const pictureChannels: ReadonlySet<OnnxDimension | undefined> = new Set([
  1,
  3,
  4,
]);

/** Whether a shape is that of pictures whose channels come first. */
export function arePictures(shape: readonly OnnxDimension[]): boolean {
  const [, channels, , last] = shape;
  return shape.length === 4 && pictureChannels.has(channels) &&
    !(pictureChannels.has(last) && channels !== 3);
}

/** The shape to import an input with: the batch is 1 where nobody says more. */
function inputShape(
  { name, shape: declared }: OnnxValue,
  given: Shape | undefined,
  { inputSize }: Pick<OnnxImportOptions, "inputSize">,
): Shape {
  const shape = declared ?? given ?? (inputSize ? [1, 3, "", ""] : undefined);
  const printed = shape?.map((size) => size === "" ? "?" : size).join(", ");
  if (!shape) {
    throw new InputError(
      `Input "${name}" does not say its shape: give --input-size if it takes pictures`,
    );
  }
  if (given && given.length !== shape.length) {
    throw new InputError(
      `Input "${name}" takes [${printed}], which [${
        given.join(", ")
      }] does not fit`,
    );
  }
  const spatial = arePictures(shape)
    ? [2, 3]
    : shape.length === 4 && pictureChannels.has(shape[3])
    ? [1, 2]
    : [];
  return shape.map((size, axis) => {
    if (spatial.includes(axis) && inputSize && !given) return inputSize;
    if (typeof size === "number" && size > 0) {
      if (!given || given[axis] === size) return size;
      // The batch is fed in parts of the size that the graph has.
      if (axis === 0) return size;
      throw new InputError(
        `Input "${name}" takes [${printed}], which [${
          given.join(", ")
        }] does not fit`,
      );
    }
    if (axis === 0) return 1;
    if (given) return given[axis];
    throw new InputError(
      `Input "${name}" takes [${printed}], which leaves sizes open: give --input-size`,
    );
  });
}

/** A file is imported several times, from one end to another. */
const foundFinite = new WeakSet<OnnxTensor>();

/** Throws for a weight that is not finite: what a driver makes of NaN is its own affair. */
function checkFinite(tensor: OnnxTensor): void {
  const { name, type, raw } = tensor;
  if (foundFinite.has(tensor) || type !== onnxTypes.float || !raw) return;
  const isAligned = raw.byteOffset % 4 === 0;
  const bytes = isAligned ? raw : raw.slice();
  const data = new Float32Array(
    bytes.buffer,
    bytes.byteOffset,
    Math.floor(bytes.length / 4),
  );
  const at = firstNotFinite(data);
  if (at === undefined) {
    foundFinite.add(tensor);
    return;
  }
  throw new InputError(
    `Tensor "${name}" holds ${
      data[at]
    } at ${at} of its ${data.length} values, expected finite 32-bit floats; export the model from sound weights`,
  );
}
