/**
 * Activations spelled out in sums and products become one node each, and powers
 * the functions that they are.
 *
 * @module
 */
import { type Graph, type Node, removeUnused } from "../graph/ir.ts";
import type { ActivationFunction, UnaryFunction } from "../graph/ops/mod.ts";
import { isAbout, Patterns, unaryInstead } from "./_patterns.ts";

/** Rewrites SiLU, hard swish, both GELUs, and powers of a few exponents. */
export function recogniseActivation(graph: Graph): Graph {
  const patterns = new Patterns(graph);
  let isSame = true;
  const nodes = graph.nodes.map((node) => {
    const made = recognised(node, patterns);
    if (!made) return node;
    isSame = false;
    patterns.add(made);
    return made;
  });
  return isSame ? graph : removeUnused({ ...graph, nodes });
}

function recognised(node: Node, patterns: Patterns): Node | undefined {
  if (node.op !== "binary" || node.attributes.activation !== "none") {
    return undefined;
  }
  const [a, b] = node.inputs;
  switch (node.attributes.function) {
    case "pow": {
      const power = powers.get(patterns.number(b) ?? NaN);
      return power && unaryInstead(node, a, power);
    }
    case "mul":
    case "div": {
      const found = gated(node, patterns);
      return found && patterns.hasShapeOf(node, found.x)
        ? unaryInstead(node, found.x, found.activation)
        : undefined;
    }
    default:
      return undefined;
  }
}

const powers: ReadonlyMap<number, UnaryFunction> = new Map([
  [2, "square"],
  [0.5, "sqrt"],
  [-0.5, "rsqrt"],
  [-1, "reciprocal"],
]);

interface Found {
  readonly x: string;
  readonly activation: ActivationFunction;
}

/** All of them are what is given times something of it between 0 and 1. */
function gated(
  { outputs: [output] }: Node,
  patterns: Patterns,
): Found | undefined {
  const { number, factors } = patterns.product(output);
  const [a, b, ...others] = factors;
  if (a === undefined || b === undefined || others.length > 0) return undefined;
  for (const [x, gate] of [[a, b], [b, a]]) {
    const activation = activationOf(patterns, { number, x, gate });
    if (activation) return { x, activation };
  }
  return undefined;
}

function activationOf(
  patterns: Patterns,
  { number, x, gate }: {
    readonly number: number;
    readonly x: string;
    readonly gate: string;
  },
): ActivationFunction | undefined {
  const sigmoid = patterns.unary(gate, "sigmoid");
  if (sigmoid !== undefined && isAbout(number, 1)) {
    if (sigmoid === x) return "silu";
    return isCubic(patterns, sigmoid, { x, slope: 2 * slope })
      ? "gelu_tanh"
      : undefined;
  }
  if (patterns.unary(gate, "hard_sigmoid") === x) {
    return isAbout(number, 1) ? "hard_swish" : undefined;
  }
  const clipped = patterns.unary(gate, "relu6");
  if (clipped !== undefined) {
    const isHard = patterns.plus(clipped, 3) === x && isAbout(number, 1 / 6);
    return isHard ? "hard_swish" : undefined;
  }
  if (!isAbout(number, 0.5)) return undefined;
  const [one, rest] = patterns.binary(gate, "sub") ?? [];
  const isRest = one !== undefined && patterns.isNumber(one, 1);
  const odd = isRest ? rest : patterns.plus(gate, 1);
  if (odd === undefined) return undefined;
  const erf = patterns.unary(odd, "erf");
  if (erf !== undefined) {
    const width = isRest ? -Math.SQRT1_2 : Math.SQRT1_2;
    return patterns.isProduct(erf, width, [x]) ? "gelu" : undefined;
  }
  if (isRest) return undefined;
  const tanh = patterns.unary(odd, "tanh");
  return tanh !== undefined && isCubic(patterns, tanh, { x, slope })
    ? "gelu_tanh"
    : undefined;
}

/** Of the curve near 0 that GELUs of tanh approximate the error function by. */
const slope = Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

/** Whether a tensor is `slope (x + 0.044715 x^3)`, or `slope x (1 + 0.044715 x^2)`. */
function isCubic(
  patterns: Patterns,
  name: string,
  { x, slope }: { readonly x: string; readonly slope: number },
): boolean {
  const { number, factors } = patterns.product(name);
  if (!isAbout(number, slope)) return false;
  if (factors.length === 1) {
    const terms: readonly string[] = patterns.binary(factors[0], "add") ?? [];
    return terms.includes(x) &&
      terms.some((term) => patterns.isProduct(term, cubic, [x, x, x]));
  }
  const rest = factors.filter((factor) => factor !== x);
  if (factors.length !== 2 || rest.length !== 1) return false;
  const square = patterns.plus(rest[0], 1);
  return square !== undefined && patterns.isProduct(square, cubic, [x, x]);
}
