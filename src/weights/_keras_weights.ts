/**
 * Weights out of Keras's files by layer and role: `conv1/kernel`. Keras 2 wrote
 * the names of layers and weights into HDF5 (`.h5`); Keras 3 writes numbered
 * variables and each layer's name (`.weights.h5`, and inside of `.keras`).
 *
 * @module
 */
import { InputError } from "../errors.ts";
import { Hdf5Error, type Hdf5Group, openHdf5 } from "./_hdf5.ts";
import type { WeightFile, WeightTensor } from "./weight_file.ts";

type Named = [name: string, tensor: WeightTensor];

/** The tensors of an HDF5 file that Keras wrote. */
export function readKerasWeights(
  bytes: Uint8Array,
  source: string,
): WeightFile {
  try {
    const root = openHdf5(bytes);
    const group = root.group("model_weights") ?? root;
    const layers = group.texts("layer_names");
    const named = layers
      ? namedWeights(group, layers)
      : [...numberedWeights(root)];
    if (named.length === 0) {
      throw new Hdf5Error("Keras wrote no weights into it");
    }
    return {
      format: "keras",
      tensors: tensorsOf(named),
      metadata: metadataOf(group),
      notes: [],
    };
  } catch (error) {
    if (!(error instanceof Hdf5Error)) throw error;
    throw new InputError(
      `${source}: ${error.message}; download it again, or save it anew with model.save_weights() in Keras`,
      { cause: error },
    );
  }
}

function metadataOf(group: Hdf5Group): Record<string, string> {
  const version = group.text("keras_version");
  return version === undefined ? {} : { keras_version: version };
}

/** What Keras 2 wrote: each layer's group has its weights' names. */
function namedWeights(group: Hdf5Group, layers: readonly string[]): Named[] {
  return layers.flatMap((layer) => {
    const own = group.group(layer);
    const names = own?.texts("weight_names") ?? [];
    return names.map((path): Named => {
      const tensor = own?.tensor(path);
      if (!tensor) throw new Hdf5Error(`its weight "${path}" is missing`);
      return [nameOf(path, layer), tensor];
    });
  });
}

/** Of `conv1/kernel:0` in its layer, of a weight of a layer in a model that is itself a layer, or of Keras 1's `conv1_W_1:0`. */
function nameOf(path: string, layer: string): string {
  const whole = path.replace(/:\d+$/, "");
  const inner = whole.startsWith(`${layer}/`)
    ? whole.slice(layer.length + 1)
    : whole;
  const parts = inner.split("/");
  if (parts.length > 1) return parts.slice(-2).join("/");
  const role = inner.startsWith(`${layer}_`)
    ? inner.slice(layer.length + 1).replace(/_\d+$/, "")
    : inner;
  return `${layer}/${keras1Roles.get(role) ?? role}`;
}

/** As VGG's official files still have them. */
const keras1Roles: ReadonlyMap<string, string> = new Map([
  ["W", "kernel"],
  ["b", "bias"],
  ["running_mean", "moving_mean"],
  ["running_std", "moving_variance"],
]);

/** What the numbered variables of a layer are, by its class. */
const roles: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^separable_conv/, ["depthwise_kernel", "pointwise_kernel", "bias"]],
  [/^(?:depthwise_)?conv|^dense$/, ["kernel", "bias"]],
  [/^(?:layer|group)_normalization$/, ["gamma", "beta"]],
  [/^normalization$/, ["mean", "variance", "count"]],
  [/^p_?re_?lu$/, ["alpha"]],
];

const batchNorm = ["gamma", "beta", "moving_mean", "moving_variance"];

/** Far more than any model is deep. */
const deepest = 16;

/** What Keras 3 writes: groups called `vars` with the layer's name, in those of its class. */
function* numberedWeights(
  group: Hdf5Group,
  kind: string = "",
  depth: number = 0,
): Generator<Named> {
  if (depth > deepest) throw new Hdf5Error("its groups run in a circle");
  for (const name of group.names()) {
    const inner = group.group(name);
    if (!inner) continue;
    if (name !== "vars") {
      yield* numberedWeights(inner, name, depth + 1);
      continue;
    }
    const layer = inner.text("name") ?? kind;
    const variables = inner.names();
    for (const [index, variable] of variables.entries()) {
      const tensor = inner.tensor(variable);
      const role = roleOf(kind, { index, count: variables.length });
      if (tensor) yield [`${layer}/${role}`, tensor];
    }
  }
}

function roleOf(
  folder: string,
  { index, count }: { index: number; count: number },
): string {
  const kind = folder.replace(/_\d+$/, "");
  if (kind === "batch_normalization") {
    // Without a scale, as Inception has it, the first is missing; without both, two.
    return batchNorm.slice(batchNorm.length - count)[index] ?? String(index);
  }
  const found = roles.find(([pattern]) => pattern.test(kind));
  return found?.[1][index] ?? String(index);
}

/** By name; where Keras 2 says `depthwise_kernel` of a layer's only kernel, Keras 3 says `kernel`. */
function tensorsOf(named: readonly Named[]): Map<string, WeightTensor> {
  const names = new Set(named.map(([name]) => name));
  const tensors = new Map<string, WeightTensor>();
  for (const [name, tensor] of named) {
    const layer = name.slice(0, name.lastIndexOf("/"));
    const isOnly = name === `${layer}/depthwise_kernel` &&
      !names.has(`${layer}/pointwise_kernel`);
    const known = isOnly ? `${layer}/kernel` : name;
    if (tensors.has(known)) {
      throw new Hdf5Error(`it has two weights "${known}"`);
    }
    tensors.set(known, tensor);
  }
  return tensors;
}
