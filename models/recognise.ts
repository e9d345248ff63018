/**
 * Which network the tensors of a file of weights are, by their names and shapes.
 *
 * @module
 */
import { InputError } from "../src/errors.ts";
import {
  type Node,
  type Shape,
  type Tensor,
  tensorOf,
} from "../src/graph/ir.ts";
import {
  type Architecture,
  buildArchitecture,
  type BuildOptions,
  type BuiltNetwork,
  type WeightSlot,
  weightSlots,
} from "./architecture.ts";
import { architectures } from "./architectures.ts";

/** A tensor of a file of weights. */
export interface FileTensor {
  /** Its sizes in the file, outermost first. */
  readonly shape: Shape;
  /** Its values, row-major in that shape. */
  values(): Float32Array;
}

/** A file's tensors, by name. */
export type FileTensors = ReadonlyMap<string, FileTensor>;

/** Weights that are a network's. */
export interface RecognisedWeights {
  /** The network. */
  readonly architecture: Architecture;
  /** Units of its classifier, 0 if the file has none. */
  readonly classes: number;
  /** What was left out, as sentences for the user. */
  readonly notes: readonly string[];
  /** The network with the file's values; without its classifier if `classes` is 0. */
  build(
    options?: Pick<BuildOptions, "batch" | "size"> & ValueOptions & {
      readonly classes?: 0;
    },
  ): BuiltNetwork;
}

/** What the values of a file become. */
export interface ValueOptions {
  /** Variables are trained, moving averages of batch norms, which are settled, with them [constants]. */
  readonly as?: "constants" | "variables";
}

/** What tells one network from another. */
export interface RecogniseOptions {
  /** Of the file, for messages. */
  readonly source: string;
  /**
   * What the network is called beside the file, such as `tf_efficientnet_lite0`
   * in timm's `config.json`: it chooses among networks of the same tensors.
   */
  readonly called?: string | undefined;
  /** The networks that are known [all]. */
  readonly among?: readonly Architecture[];
}

/** A file's tensors beside what a network wants. */
interface Comparison {
  readonly architecture: Architecture;
  readonly classes: number;
  readonly missing: readonly string[];
  readonly misshapen: readonly string[];
  readonly leftOver: readonly string[];
  readonly otherHead: readonly string[];
  readonly found: number;
}

/**
 * The network whose tensors those of a file are.
 *
 * @throws {InputError} if it is none that is known, which names what is missing,
 * left over or misshapen in the nearest, or if it is several that compute
 * differently
 */
export function recogniseWeights(
  tensors: FileTensors,
  { source, called, among = architectures }: RecogniseOptions,
): RecognisedWeights {
  const comparisons = among.map((candidate) =>
    compare(candidate, byNetworkNames(candidate, tensors))
  );
  const alike = comparisons.filter(isExact);
  if (alike.length === 0) {
    throw unknownNetwork(comparisons, { source, tensors });
  }
  const named = alike.filter(({ architecture: { id } }) =>
    isCalled(id, called)
  );
  const exact = named.length > 0 ? named : alike;
  if (exact.length > 1) {
    const titles = exact.map(({ architecture }) => architecture.title);
    throw new InputError(
      `${source} may be ${
        titles.join(" or ")
      }, which have the same tensors and compute differently: say which by --architecture (${
        exact.map(({ architecture: { id } }) => id).join(", ")
      }), or lay timm's config.json beside it`,
    );
  }
  const [{ architecture, classes, otherHead }] = exact;
  const notes = otherHead.length === 0 ? [] : [
    `its classifier is none of ${architecture.title} (${
      listed(otherHead)
    }) and was left out`,
  ];
  const values = byNetworkNames(architecture, tensors);
  return {
    architecture,
    classes,
    notes,
    build: (options = {}) =>
      bound(architecture, values, { classes, ...options }),
  };
}

/** Whether a network is called so, with or without where it is from. */
export function isCalled(id: string, called: string | undefined): boolean {
  if (called === undefined) return false;
  return id === called || id.slice(id.indexOf("/") + 1) === called;
}

/** The file's tensors by the names that the network's slots have. */
function byNetworkNames(
  architecture: Architecture,
  tensors: FileTensors,
): FileTensors {
  const { layout, numbered = [] } = architecture;
  if (layout === "torch") return tensors;
  const slots = new Set(slotsOf(architecture).map(({ name }) => name));
  const plain = Array.from(
    tensors,
    ([name, tensor]) => [plainKerasName(name), tensor] as const,
  );
  const ranks = numbered.map((base) => [base, ranksOf(base, plain)] as const);
  return new Map(plain.map(([name, tensor]) => {
    const [layer, part] = name.split("/");
    const renamed = ranks.map(([base, rankOf]) => ({
      base,
      rank: rankOf.get(layer),
    }))
      .find(({ rank }) => rank !== undefined);
    const known = renamed
      ? numberedName(renamed.base, renamed.rank ?? 0)
      : layer;
    // Keras 3 calls all kernels so.
    const depthwise = `${known}/depthwise_kernel`;
    const isDepthwise = part === "kernel" && slots.has(depthwise);
    if (isDepthwise) return [depthwise, tensor];
    return [renamed ? `${known}/${part}` : name, tensor];
  }));
}

/** `block/layer/layer/kernel:0` as `layer/kernel`. */
function plainKerasName(name: string): string {
  return name.replace(/:\d+$/, "").split("/").slice(-2).join("/");
}

/** Of layers `base`, `base_1` and on, the place of each in that order. */
function ranksOf(
  base: string,
  tensors: readonly (readonly [string, unknown])[],
): ReadonlyMap<string, number> {
  const numbers = new Map(tensors.flatMap(([name]) => {
    const [layer] = name.split("/");
    const rest = layer.startsWith(base) ? layer.slice(base.length) : "none";
    return /^(_\d+)?$/.test(rest)
      ? [[layer, Number(rest.slice(1))] as const]
      : [];
  }));
  const order = [...numbers].sort(([, a], [, b]) => a - b);
  return new Map(order.map(([layer], rank) => [layer, rank]));
}

/** A layer that Keras numbers. */
function numberedName(base: string, rank: number): string {
  return rank === 0 ? base : `${base}_${rank}`;
}

const skeletons = new WeakMap<Architecture, readonly WeightSlot[]>();

/** A network's slots with a classifier of one unit, without values. */
function slotsOf(architecture: Architecture): readonly WeightSlot[] {
  const known = skeletons.get(architecture);
  if (known) return known;
  const { graph } = buildArchitecture(architecture, { classes: 1 });
  const slots = weightSlots(architecture, graph);
  skeletons.set(architecture, slots);
  return slots;
}

/** Tensors that only count, or that tools leave behind. */
const countersOnly =
  /(^|\.)(num_batches_tracked|total_ops|total_params)$|^(count|iterations)(\/|$)/;

function compare(architecture: Architecture, tensors: FileTensors): Comparison {
  const slots = slotsOf(architecture);
  const isHead = ({ tensor }: WeightSlot) =>
    tensor.startsWith(`${architecture.classifier}/`);
  const head = slots.filter(isHead);
  const classes = unitsOf(architecture, head, tensors);
  const wanted = slots.filter((slot) => !isHead(slot) || classes > 0);
  const missing: string[] = [];
  const misshapen: string[] = [];
  for (const slot of wanted) {
    const found = tensors.get(slot.name);
    const expected = isHead(slot)
      ? ofUnits(architecture, slot.fileShape, classes)
      : slot.fileShape;
    if (!found) missing.push(slot.name);
    else if (found.shape.join() !== expected.join()) {
      misshapen.push(
        `"${slot.name}" is [${found.shape.join(", ")}], expected [${
          expected.join(", ")
        }]`,
      );
    }
  }
  const names = new Set(wanted.map(({ name }) => name));
  const others = [...tensors.keys()].filter((name) =>
    !names.has(name) && !countersOnly.test(name) &&
    !architecture.unused?.test(name)
  );
  const isOtherHead = (name: string) =>
    name.split(/[./]/)[0] === architecture.classifier.split(/[./]/)[0];
  return {
    architecture,
    classes,
    missing,
    misshapen,
    leftOver: others.filter((name) => !isOtherHead(name)),
    otherHead: others.filter(isOtherHead),
    found: wanted.length - missing.length - misshapen.length,
  };
}

/** Units of the classifier in the file, 0 if it has none. */
function unitsOf(
  { layout }: Architecture,
  head: readonly WeightSlot[],
  tensors: FileTensors,
): number {
  const kernel = head.find(({ shape }) => shape.length > 1);
  const found = kernel && tensors.get(kernel.name);
  if (!kernel || !found || found.shape.length !== kernel.fileShape.length) {
    return 0;
  }
  return (layout === "torch" ? found.shape[0] : found.shape.at(-1)) ?? 0;
}

/** A shape of a classifier of one unit for so many. */
function ofUnits({ layout }: Architecture, shape: Shape, units: number): Shape {
  return shape.with(layout === "torch" ? 0 : -1, units);
}

function isExact({ missing, misshapen, leftOver }: Comparison): boolean {
  return missing.length + misshapen.length + leftOver.length === 0;
}

function unknownNetwork(
  comparisons: readonly Comparison[],
  { source, tensors }: {
    readonly source: string;
    readonly tensors: FileTensors;
  },
): InputError {
  const distance = ({ missing, misshapen, leftOver }: Comparison) =>
    missing.length + misshapen.length + leftOver.length;
  const [nearest] = comparisons.toSorted((a, b) => distance(a) - distance(b));
  const { architecture: { title }, missing, misshapen, leftOver, found } =
    nearest;
  if (found === 0) {
    return new InputError(
      `${source} holds the weights of no network that is known (${
        listed([...tensors.keys()])
      }): bring ResNet, MobileNet, EfficientNet, Inception-v3, VGG or AlexNet of torchvision, timm or Keras, or a frozen graph (.pb)`,
    );
  }
  const differences = [
    missing.length > 0 && `it lacks ${listed(missing)}`,
    misshapen.length > 0 &&
    `${misshapen[0]}${more(misshapen.length - 1)}`,
    leftOver.length > 0 && `it holds ${listed(leftOver)} besides`,
  ].filter((text) => text !== false);
  return new InputError(
    `${source} is nearest to ${title}, but ${
      differences.join(", ")
    }: bring the weights of that network as it is there`,
  );
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, 2).map((name) => `"${name}"`).join(", ")}${
    more(names.length - 2)
  }`;
}

function more(count: number): string {
  return count > 0 ? ` and ${count} more` : "";
}

/** The network with the file's values. */
function bound(
  architecture: Architecture,
  tensors: FileTensors,
  { as = "constants", ...options }: BuildOptions & ValueOptions,
): BuiltNetwork {
  const built = buildArchitecture(architecture, options);
  const bindings = weightSlots(architecture, built.graph).map(
    (slot): Tensor => {
      const found = tensors.get(slot.name);
      if (!found) throw new Error(`No weights for "${slot.name}"`);
      if (slot.fileShape.join() !== found.shape.join()) {
        throw new InputError(
          `"${slot.name}" of ${architecture.title} is [${
            found.shape.join(", ")
          }], which is for images of ${architecture.size} pixels, not ${options.size}: leave the size as it is`,
        );
      }
      const { variable: _initial, ...tensor } = tensorOf(
        built.graph,
        slot.tensor,
      );
      const read = () => slot.fromFile(found.values());
      return {
        ...tensor,
        ...as === "constants"
          ? { constant: { read } }
          : { variable: { read: () => Float32Array.from(read()) } },
      };
    },
  );
  const bound = bindings.map((tensor) => [tensor.name, tensor] as const);
  const known = new Map<string, Tensor>([...built.graph.tensors, ...bound]);
  const nodes = as === "constants"
    ? built.graph.nodes
    : built.graph.nodes.map(settled);
  return { ...built, graph: { ...built.graph, nodes, tensors: known } };
}

/** A batch norm goes on with the averages that the file has. */
function settled(node: Node): Node {
  if (node.op !== "batch_norm") return node;
  return { ...node, attributes: { ...node.attributes, settled: true } };
}
