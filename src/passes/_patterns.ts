/** What is told of an expression by those passes that know functions in their parts. */
import {
  elementCount,
  type Graph,
  type Node,
  type NodeOf,
  tensorOf,
} from "../graph/ir.ts";
import type { BinaryFunction, UnaryFunction } from "../graph/ops/mod.ts";

/** A product: a number times tensors. */
export interface Product {
  readonly number: number;
  /** A square stands there twice. */
  readonly factors: readonly string[];
}

/** Factors that a product of ours has at most: a cube's, and some. */
const mostFactors = 8;

/** How far a number may be from the one that is meant: files of f16 round it. */
const tolerance = 2e-4;

/** Nodes by what they make, and what that is. */
export class Patterns {
  readonly graph: Pick<Graph, "tensors">;
  readonly #makers = new Map<string, Node>();

  constructor(graph: Pick<Graph, "tensors" | "nodes">) {
    this.graph = graph;
    for (const node of graph.nodes) this.add(node);
  }

  /** A node in the place of the one that made its output. */
  add(node: Node): void {
    for (const output of node.outputs) this.#makers.set(output, node);
  }

  /** The node that makes a tensor. */
  maker(name: string): Node | undefined {
    return this.#makers.get(name);
  }

  /** The inputs of the node that makes a tensor, if it is that function and no more. */
  binary(
    name: string,
    wanted: BinaryFunction,
  ): readonly [string, string] | undefined {
    const node = this.#makers.get(name);
    const isWanted = node?.op === "binary" &&
      node.attributes.function === wanted &&
      node.attributes.activation === "none";
    if (!isWanted) return undefined;
    const [a, b] = node.inputs;
    return [a, b];
  }

  /** Likewise, of one input. */
  unary(name: string, wanted: UnaryFunction): string | undefined {
    const node = this.#makers.get(name);
    return node?.op === "unary" && node.attributes.function === wanted
      ? node.inputs[0]
      : undefined;
  }

  /** The value of a constant that is one number. */
  number(name: string): number | undefined {
    const { constant, shape } = tensorOf(this.graph, name);
    if (!constant || elementCount(shape) !== 1) return undefined;
    return constant.read()[0];
  }

  /** Whether a tensor is about that number. */
  isNumber(name: string, wanted: number): boolean {
    return isAbout(this.number(name), wanted);
  }

  /** What is added to a number of about that value. */
  plus(name: string, wanted: number): string | undefined {
    const [a, b] = this.binary(name, "add") ?? [];
    if (a === undefined || b === undefined) return undefined;
    if (this.isNumber(b, wanted)) return a;
    return this.isNumber(a, wanted) ? b : undefined;
  }

  /** A tensor as a product, however its factors are grouped. */
  product(name: string, most = mostFactors): Product {
    const number = this.number(name);
    if (number !== undefined) return { number, factors: [] };
    const itself = { number: 1, factors: [name] };
    const opposite = most > 1 ? this.unary(name, "neg") : undefined;
    if (opposite !== undefined) {
      const { number, factors } = this.product(opposite, most);
      return { number: -number, factors };
    }
    const parts = most > 1 ? this.#factors(name) : undefined;
    if (!parts) return itself;
    const products = parts.map(({ of, power }) => {
      const { number, factors } = this.product(of, most / 2);
      return power < 0
        ? { number: 1 / number, factors, isBelow: factors.length > 0 }
        : { number, factors, isBelow: false };
    });
    if (products.some(({ isBelow }) => isBelow)) return itself;
    return {
      number: products.reduce((all, one) => all * one.number, 1),
      factors: products.flatMap(({ factors }) => factors),
    };
  }

  #factors(
    name: string,
  ): readonly { readonly of: string; readonly power: 1 | -1 }[] | undefined {
    const whole = (of: string) => ({ of, power: 1 } as const);
    const square = this.unary(name, "square");
    if (square !== undefined) return [whole(square), whole(square)];
    const product = this.binary(name, "mul");
    if (product) return product.map(whole);
    const quotient = this.binary(name, "div");
    if (quotient) {
      return [whole(quotient[0]), { of: quotient[1], power: -1 }];
    }
    const [base, exponent] = this.binary(name, "pow") ?? [];
    if (base === undefined || exponent === undefined) return undefined;
    const times = this.number(exponent);
    return times === 2 || times === 3
      ? Array.from({ length: times }, () => whole(base))
      : undefined;
  }

  /** Whether a tensor is about `number` times exactly these. */
  isProduct(name: string, number: number, factors: readonly string[]): boolean {
    const found = this.product(name);
    return isAbout(found.number, number) &&
      found.factors.toSorted().join() === factors.toSorted().join();
  }

  /** Whether a node's output has the shape of a tensor. */
  hasShapeOf({ outputs: [output] }: Node, name: string): boolean {
    const [a, b] = [output, name].map((one) => tensorOf(this.graph, one).shape);
    return a.join() === b.join();
  }
}

export function isAbout(value: number | undefined, wanted: number): boolean {
  return value !== undefined &&
    Math.abs(value - wanted) <= tolerance * Math.abs(wanted);
}

/** A node of one input in the place of another. */
export function unaryInstead(
  { name, outputs }: Node,
  x: string,
  made: UnaryFunction,
): NodeOf<"unary"> {
  return {
    op: "unary",
    name,
    inputs: [x],
    outputs,
    attributes: { function: made },
  };
}
