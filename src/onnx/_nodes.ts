/**
 * Nodes of ONNX's in the making, and the constants that they read.
 *
 * @module
 */
import {
  type OnnxAttribute,
  type OnnxNode,
  type OnnxTensor,
  onnxTypes,
} from "./model.ts";

/** Attributes of a node: whole numbers, lists of them, texts, or others as they are. */
export type Attributes = Readonly<
  Record<string, number | string | readonly number[] | OnnxAttribute>
>;

/** An f32 as an attribute. */
export function float(value: number): OnnxAttribute {
  return { kind: "float", value };
}

function attributeOf(value: Attributes[string]): OnnxAttribute {
  if (typeof value === "number") return { kind: "int", value };
  if (typeof value === "string") {
    return { kind: "bytes", value: new TextEncoder().encode(value) };
  }
  return "kind" in value ? value : { kind: "ints", value };
}

/** What grows. */
export class OnnxNodes {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: OnnxTensor[] = [];
  readonly #constants = new Map<string, string>();
  readonly #names: Set<string>;

  /** Names that are taken already. */
  constructor(taken: Iterable<string>) {
    this.#names = new Set(taken);
  }

  /** A name that nothing has yet; it is taken now. */
  fresh(name: string): string {
    let free = name;
    for (let at = 2; this.#names.has(free); at++) free = `${name}_${at}`;
    this.#names.add(free);
    return free;
  }

  /** Adds a node of one output and returns that. */
  node(
    op: string,
    inputs: readonly string[],
    { name, ...attributes }: { readonly name: string } & Attributes,
  ): string {
    this.nodes.push({
      ...{ name, op, domain: "", inputs, outputs: [name] },
      attributes: new Map(
        Object.entries(attributes).map(([key, value]) => [
          key,
          attributeOf(value),
        ]),
      ),
    });
    return name;
  }

  /** Whether a node's output has that name. */
  isWritten(name: string): boolean {
    return this.nodes.some(({ outputs }) => outputs[0] === name);
  }

  /** A number. */
  number(value: number): string {
    return this.once(`number_${value}`, (name) => ({
      ...{ name, shape: [], type: onnxTypes.float },
      raw: bytesOf(Float32Array.of(value)),
    }));
  }

  /** A row of numbers, by a name that is its own. */
  row(name: string, values: Float32Array): string {
    this.initializers.push({
      ...{ name, shape: [values.length], type: onnxTypes.float },
      raw: bytesOf(values),
    });
    return name;
  }

  /** A list of whole numbers, such as a shape. */
  wholes(values: readonly number[]): string {
    return this.once(`list_${values.join("_")}`, (name) => ({
      ...{ name, shape: [values.length], type: onnxTypes.int64, values },
    }));
  }

  /** A constant by its key, made where it is first read. */
  protected once(
    key: string,
    make: (name: string) => OnnxTensor,
    nameOf: () => string = () => this.fresh(key),
  ): string {
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = nameOf();
    this.initializers.push(make(name));
    this.#constants.set(key, name);
    return name;
  }
}

/** The bytes of numbers. */
export function bytesOf(
  data: Float16Array | Float32Array,
): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
