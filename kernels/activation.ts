/**
 * Activations. Whatever there is to know of one is its entry in the table here:
 * value and slope, in WGSL too, and TensorFlow's nodes. Kernels and their
 * gradients, passes, importer and exporter follow from it.
 *
 * @module
 */
import { erf, erfSource } from "./erf.ts";
import { floatText } from "./kernel.ts";
import type { VectorWidth } from "./vector.ts";

/**
 * What becomes of a value; `name(0.2)` where a function has a number of its own.
 * WGSL leaves open what its functions make of NaN, and a driver's `max` makes 0 of
 * it; `nan:relu` is a relu that makes NaN of it for sure.
 */
export type ActivationFunction =
  | "relu"
  | "relu6"
  | "sigmoid"
  | "tanh"
  | "elu"
  | "selu"
  | "softplus"
  | "softsign"
  | `leaky_relu(${number})`
  | "silu"
  | "hard_sigmoid"
  | "hard_swish"
  | "gelu"
  | "gelu_tanh"
  | `nan:${
    | "relu"
    | "relu6"
    | "sigmoid"
    | "silu"
    | "hard_sigmoid"
    | "hard_swish"
    | "gelu"
    | "gelu_tanh"
    | "tanh"
    | "elu"
    | "selu"
    | "softplus"
    | "softsign"
    | `leaky_relu(${number})`}`;

type NumberFunction = Exclude<ActivationFunction, `nan:${string}`>;

/** What a kernel does to the values that it is about to write. */
export type Activation = "none" | ActivationFunction;

export interface ActivationDefinition {
  /** The number of its own, if there is one: TensorFlow's name for it, and what it is where nothing is said. */
  readonly parameter?: { readonly name: string; readonly fallback: number };
  value(x: number, parameter: number): number;
  /**
   * WGSL of `value`, one float or four: what is in braces becomes as many,
   * `parameter` the number of its own, and `erf()` the error function.
   */
  readonly wgsl: string;
  /**
   * What its slope follows from: what it made, which is all that is left of an
   * activation that a kernel applies, or what it was given.
   */
  readonly slopeFrom: "output" | "input";
  /** Its slope there; 0 at a corner, as in TensorFlow. */
  slope(at: number, parameter: number): number;
  /** WGSL of `dy` times its slope at `value`. */
  readonly gradientWgsl: string;
  /** TensorFlow's nodes for it: each reads the one before, the first and who says so the input, and a number. */
  readonly nodes: readonly {
    readonly op: string;
    readonly reads?: readonly ("input" | "before" | number)[];
  }[];
}

type NameOf<Spelling extends string> = Spelling extends
  `${infer Name}(${string})` ? Name : Spelling;

const seluScale = 1.0507009873554805;

/** What a selu never falls below, made positive. */
const seluFloor = 1.7580993408473766;

/** The normal distribution's density at 0. */
const normalDensity = 0.3989422804014327;

/** Twice sqrt(2 / pi). */
const twice = 1.5957691216057308;

const cubic = 0.044715;

/** In the order of their codes; new ones come last. */
const definitions: {
  readonly [Name in NameOf<NumberFunction>]: ActivationDefinition;
} = {
  relu: {
    value: (x) => Math.max(x, 0),
    wgsl: "max(value, {0.0})",
    slopeFrom: "output",
    slope: (y) => y > 0 ? 1 : 0,
    gradientWgsl: "select({0.0}, dy, value > {0.0})",
    nodes: [{ op: "Relu" }],
  },
  relu6: {
    value: (x) => Math.min(Math.max(x, 0), 6),
    wgsl: "clamp(value, {0.0}, {6.0})",
    slopeFrom: "output",
    slope: (y) => y > 0 && y < 6 ? 1 : 0,
    gradientWgsl: "select({0.0}, dy, (value > {0.0}) & (value < {6.0}))",
    nodes: [{ op: "Relu6" }],
  },
  sigmoid: {
    value: (x) => 1 / (1 + Math.exp(-x)),
    wgsl: "1.0 / (1.0 + exp(-value))",
    slopeFrom: "output",
    slope: (y) => y * (1 - y),
    gradientWgsl: "dy * value * (1.0 - value)",
    nodes: [{ op: "Sigmoid" }],
  },
  tanh: {
    value: Math.tanh,
    // Drivers that make it of exponentials make NaN far from 0.
    wgsl: "tanh(clamp(value, {-15.0}, {15.0}))",
    slopeFrom: "output",
    slope: (y) => 1 - y * y,
    gradientWgsl: "dy * (1.0 - value * value)",
    nodes: [{ op: "Tanh" }],
  },
  elu: {
    value: (x) => x > 0 ? x : Math.expm1(x),
    wgsl: "select(exp(min(value, {0.0})) - 1.0, value, value > {0.0})",
    slopeFrom: "output",
    slope: (y) => y > 0 ? 1 : y + 1,
    gradientWgsl: "dy * select(value + 1.0, {1.0}, value > {0.0})",
    nodes: [{ op: "Elu" }],
  },
  selu: {
    value: (x) => x > 0 ? seluScale * x : seluFloor * Math.expm1(x),
    wgsl: `select(${seluFloor} * (exp(min(value, {0.0})) - 1.0), ${seluScale}` +
      " * value, value > {0.0})",
    slopeFrom: "output",
    slope: (y) => y > 0 ? seluScale : y + seluFloor,
    gradientWgsl:
      `dy * select(value + ${seluFloor}, {${seluScale}}, value > {0.0})`,
    nodes: [{ op: "Selu" }],
  },
  softplus: {
    value: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    wgsl: "max(value, {0.0}) + log(1.0 + exp(-abs(value)))",
    slopeFrom: "output",
    slope: (y) => -Math.expm1(-y),
    gradientWgsl: "dy * (1.0 - exp(-value))",
    nodes: [{ op: "Softplus" }],
  },
  softsign: {
    value: (x) => x / (1 + Math.abs(x)),
    wgsl: "value / (1.0 + abs(value))",
    slopeFrom: "output",
    slope: (y) => (1 - Math.abs(y)) ** 2,
    gradientWgsl: "dy * (1.0 - abs(value)) * (1.0 - abs(value))",
    nodes: [{ op: "Softsign" }],
  },
  leaky_relu: {
    parameter: { name: "alpha", fallback: 0.2 },
    value: (x, alpha) => x > 0 ? x : alpha * x,
    wgsl: "select(parameter * value, value, value > {0.0})",
    // Its sign tells where it was, but for slopes below 0.
    slopeFrom: "input",
    slope: (x, alpha) => x > 0 ? 1 : alpha,
    gradientWgsl: "dy * select({parameter}, {1.0}, value > {0.0})",
    nodes: [{ op: "LeakyRelu" }],
  },
  // Also called swish.
  silu: {
    value: (x) => x / (1 + Math.exp(-x)),
    wgsl: "value / (1.0 + exp(-value))",
    slopeFrom: "input",
    slope: (x) => (1 + x / (1 + Math.exp(x))) / (1 + Math.exp(-x)),
    gradientWgsl:
      "dy * (1.0 + value / (1.0 + exp(value))) / (1.0 + exp(-value))",
    nodes: [{ op: "Sigmoid" }, { op: "Mul", reads: ["input", "before"] }],
  },
  hard_sigmoid: {
    value: (x) => Math.min(Math.max(x + 3, 0), 6) / 6,
    wgsl: "clamp(value + {3.0}, {0.0}, {6.0}) / 6.0",
    slopeFrom: "output",
    slope: (y) => y > 0 && y < 1 ? 1 / 6 : 0,
    gradientWgsl: "select({0.0}, dy / 6.0, (value > {0.0}) & (value < {1.0}))",
    nodes: [
      { op: "Add", reads: ["before", 3] },
      { op: "Relu6" },
      { op: "RealDiv", reads: ["before", 6] },
    ],
  },
  hard_swish: {
    value: (x) => x * Math.min(Math.max(x + 3, 0), 6) / 6,
    wgsl: "value * clamp(value + {3.0}, {0.0}, {6.0}) / 6.0",
    slopeFrom: "input",
    slope: (x) => x <= -3 ? 0 : x < 3 ? x / 3 + 0.5 : 1,
    gradientWgsl:
      "dy * select(select({1.0}, value / 3.0 + 0.5, value < {3.0}), {0.0}, value <= {-3.0})",
    nodes: [
      { op: "Add", reads: ["before", 3] },
      { op: "Relu6" },
      { op: "Mul", reads: ["input", "before"] },
      { op: "RealDiv", reads: ["before", 6] },
    ],
  },
  gelu: {
    value: (x) => x * (1 + erf(x * Math.SQRT1_2)) / 2,
    wgsl: `0.5 * value * (1.0 + erf(${Math.SQRT1_2} * value))`,
    slopeFrom: "input",
    slope: (x) =>
      (1 + erf(x * Math.SQRT1_2)) / 2 +
      x * normalDensity * Math.exp(-x * x / 2),
    gradientWgsl: `dy * (0.5 + 0.5 * erf(${Math.SQRT1_2} * value) + ` +
      `${normalDensity} * value * exp(-0.5 * value * value))`,
    nodes: [
      { op: "RealDiv", reads: ["before", Math.SQRT2] },
      { op: "Erf" },
      { op: "Add", reads: ["before", 1] },
      { op: "Mul", reads: ["input", "before"] },
      { op: "Mul", reads: ["before", 0.5] },
    ],
  },
  // x (1 + tanh(u)) / 2 is x / (1 + exp(-2u)), with u = sqrt(2 / pi) (x + 0.044715 x^3).
  gelu_tanh: {
    value: (x) => x / (1 + Math.exp(-twice * x * (1 + cubic * x * x))),
    wgsl:
      `value / (1.0 + exp(-${twice} * value * (1.0 + ${cubic} * value * value)))`,
    slopeFrom: "input",
    slope(x) {
      const u = twice * x * (1 + cubic * x * x);
      const rise = twice * x * (1 + 3 * cubic * x * x);
      return (1 + rise / (1 + Math.exp(u))) / (1 + Math.exp(-u));
    },
    gradientWgsl:
      `dy * (1.0 + ${twice} * value * (1.0 + ${3 * cubic} * value * value) / ` +
      `(1.0 + exp(${twice} * value * (1.0 + ${cubic} * value * value)))) / ` +
      `(1.0 + exp(-${twice} * value * (1.0 + ${cubic} * value * value)))`,
    nodes: [
      { op: "Square" },
      { op: "Mul", reads: ["before", cubic] },
      { op: "Add", reads: ["before", 1] },
      { op: "Mul", reads: ["input", "before"] },
      { op: "Mul", reads: ["before", twice] },
      { op: "Sigmoid" },
      { op: "Mul", reads: ["input", "before"] },
    ],
  },
};

const nanPrefix = "nan:";

const byName: ReadonlyMap<string, ActivationDefinition> = new Map(
  Object.entries(definitions),
);

/** Every activation of numbers, those with a number of their own with TensorFlow's. */
export const activationFunctions: readonly ActivationFunction[] = [...byName]
  .map(([name, { parameter }]) => spell(name, parameter?.fallback));

/** An activation by its name and, where it has one, the number of its own. */
export function spell(name: string, parameter?: number): ActivationFunction {
  const spelling = parameter === undefined ? name : `${name}(${parameter})`;
  if (isActivationFunction(spelling)) return spelling;
  throw new Error(`There is no activation "${spelling}"`);
}

export function isActivationFunction(
  spelling: string,
): spelling is ActivationFunction {
  const { name, parameter } = parsed(spelling);
  const definition = byName.get(name);
  return definition !== undefined &&
    (parameter === undefined) === (definition.parameter === undefined);
}

/** An activation's entry with its name and the number of its own, NaN where it has none. Throws if there is no such activation. */
export function definitionOf(
  spelling: ActivationFunction,
): ActivationDefinition & { readonly name: string; readonly number: number } {
  const { name, parameter } = parsed(spelling);
  const definition = byName.get(name);
  if (!definition) throw new Error(`There is no activation "${spelling}"`);
  return { ...definition, name, number: Number(parameter) };
}

function parsed(spelling: string): {
  readonly name: string;
  readonly parameter: string | undefined;
  readonly keepsNan: boolean;
} {
  const of = withoutNan(spelling);
  const [name, parameter] = of.split(/[()]/);
  return { name, parameter, keepsNan: of !== spelling };
}

function withoutNan(spelling: string): string {
  return spelling.startsWith(nanPrefix)
    ? spelling.slice(nanPrefix.length)
    : spelling;
}

/** The same activation, that makes NaN of NaN whatever the driver. */
export function keepingNan<A extends Activation>(
  activation: A,
): A | ActivationFunction {
  const spelling = `${nanPrefix}${activation}`;
  return isActivationFunction(spelling) ? spelling : activation;
}

export function activate(activation: Activation): (value: number) => number {
  if (activation === "none") return (value) => value;
  const { value, number } = definitionOf(activation);
  return (x) => value(x, number);
}

/** WGSL of the functions that an activation's own calls, before whatever has it. */
export function helperSource(
  activation: Activation,
  ...types: readonly ("f32" | "vec4f" | "element")[]
): string {
  if (activation === "none") return "";
  return definitionOf(activation).wgsl.includes("erf(")
    ? types.map(erfSource).join("")
    : "";
}

/** WGSL of an activation of `value`, or of `dy` times its slope there. */
export function activationWgsl(
  activation: ActivationFunction,
  { type, of = "value", vector = type === "f32" ? 1 : 4 }: {
    readonly type: "f32" | "vec4f" | "element";
    readonly of?: "value" | "slope";
    /** What `element` is, where NaN is kept. */
    readonly vector?: VectorWidth | undefined;
  },
): string {
  const { wgsl, gradientWgsl, number } = definitionOf(activation);
  const text = (of === "value" ? wgsl : gradientWgsl)
    .replaceAll("parameter", floatText(number))
    .replaceAll("erf(", `erf_${type}(`)
    .replace(/\{(.*?)\}/g, type === "f32" ? "$1" : `${type}($1)`);
  return of === "value" && parsed(activation).keepsNan
    ? `select(${text}, value, ${isNanWgsl("value", vector)})`
    : text;
}

/** WGSL of whether a value is NaN, by its bits: shaders may compare floats as if there was none. */
export function isNanWgsl(value: string, vector: VectorWidth): string {
  return vector === 1
    ? `(bitcast<u32>(${value}) & 0x7fffffffu) > 0x7f800000u`
    : `(bitcast<vec4u>(${value}) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u)`;
}

/** The number that a kernel's text knows the activation by which it applies. */
export function activationCode(activation: Activation): number {
  const { name, keepsNan } = parsed(activation);
  const index = ["none", ...byName.keys()].indexOf(name);
  // The first ones that keep NaN follow the first ones; texts with them stay.
  if (index < firstCodes) return index + (keepsNan ? firstCodes : 0);
  return 2 * index + (keepsNan ? 1 : 0);
}

/** None, relu, relu6 and sigmoid. */
const firstCodes = 4;

/** WGSL of `activate(value: f32)` and `activate4(value: vec4f)`. */
export function activateSource(activation: Activation): string {
  const codes = chosenFrom(activation)
    .map((known) => `, ${activationCode(known)} for ${known}`);
  return helperSource(activation, "f32", "vec4f") + [
    `// ACTIVATION is 0 for none${codes.join("")}.`,
    ...functionLines("activate", activation, "f32"),
    "",
    ...functionLines("activate4", activation, "vec4f"),
    "",
  ].join("\n");
}

/** WGSL of `activate_element(value: element)`. */
export function activateElementSource(
  activation: Activation,
  vector: VectorWidth,
): string {
  return helperSource(activation, "element") + [
    "// `element` is f32 or vec4f: what a thread loads and stores at once.",
    ...functionLines("activate_element", activation, "element", vector),
    "",
  ].join("\n");
}

/** Texts of other activations than the first have those too: what was computed by theirs stays cached. */
function chosenFrom(activation: Activation): readonly ActivationFunction[] {
  const own = activation === "none" ? [] : [activation];
  return [...new Set<ActivationFunction>(["relu", "relu6", ...own])];
}

function functionLines(
  ...[name, activation, type, vector]: readonly [
    string,
    Activation,
    "f32" | "vec4f" | "element",
    VectorWidth?,
  ]
): string[] {
  return [
    `fn ${name}(value: ${type}) -> ${type} {`,
    ...chosenFrom(activation).map((known) =>
      `  if (ACTIVATION == ${activationCode(known)}u) { return ${
        activationWgsl(known, { type, vector })
      }; }`
    ),
    "  return value;",
    "}",
  ];
}
