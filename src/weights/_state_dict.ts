/**
 * Where the weights are in a torch file: the file may be a state dict, a
 * checkpoint that holds one beside the state of its training, or a whole model.
 *
 * @module
 */
import {
  isDict,
  isKind,
  type PickleDict,
  type PickleObject,
  type PickleValue,
  type TorchTensor,
} from "./_pickle_values.ts";
import { PickleError } from "./_unpickle.ts";

/** Tensors by name, and what was passed over on the way to them. */
export interface StateDict {
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  readonly notes: readonly string[];
}

/** What trainers call the weights in a checkpoint, the likeliest first; averages over the training come last. */
const usualNames = [
  ...["state_dict", "model_state_dict", "model_state", "model", "net"],
  ...["network", "weights", "params", "module"],
  ...["state_dict_ema", "model_ema", "ema_state_dict", "ema"],
];

/** What holds tensors that are no weights. */
const training =
  /optim|sched|scaler|ema|average|rng|random|criterion|loss|callback/i;

/** More than any checkpoint is nested. */
const deepest = 5;

/** The weights in a file's value. */
export function stateDictOf(value: PickleValue): StateDict {
  const path: string[] = [];
  const left: string[] = [];
  let at = value;
  for (let depth = 0; depth < deepest; depth++) {
    const module = isModule(at) ? at : undefined;
    if (module) {
      return {
        tensors: moduleTensors(module),
        notes: [
          ...notesOf(path, left),
          `The file holds a whole model (${module.name}); its weights are taken, and its code is not run.`,
        ],
      };
    }
    if (!isDict(at)) throw new PickleError(`it is ${described(at)}`);
    const known = new Map<PickleValue, boolean>();
    const nested = [...at.entries].flatMap(([name, inner]) =>
      typeof name === "string" && holdsTensors(inner, { known, depth })
        ? [name]
        : []
    );
    const tensors = tensorsOf(at);
    const chosen = choose(nested, tensors.size);
    if (chosen === undefined) {
      if (tensors.size === 0) throw new PickleError("it holds no weights");
      return { tensors, notes: notesOf(path, left) };
    }
    left.push(...nested.filter((name) => name !== chosen && isWeights(name)));
    path.push(chosen);
    at = at.entries.get(chosen) ?? null;
  }
  throw new PickleError("it holds no state dict");
}

/** Which of the dicts in a dict is the state dict; undefined where it is the dict itself. */
function choose(
  nested: readonly string[],
  tensorCount: number,
): string | undefined {
  const usual = usualNames.find((name) => nested.includes(name));
  if (usual !== undefined || tensorCount > 0) return usual;
  const others = nested.filter((name) => !training.test(name));
  if (others.length > 1) {
    const names = others.slice(0, 4).map((name) => JSON.stringify(name));
    throw new PickleError(
      `it holds several networks (${names.join(", ")}${
        others.length > names.length ? ", ..." : ""
      })`,
    );
  }
  return others.at(0);
}

function isWeights(name: string): boolean {
  return usualNames.includes(name) || !training.test(name);
}

function notesOf(path: readonly string[], left: readonly string[]): string[] {
  if (path.length === 0) return [];
  const rest = left.length > 0
    ? `; ${left.map((name) => JSON.stringify(name)).join(", ")} ${
      left.length > 1 ? "are" : "is"
    } left`
    : "";
  return [
    `The weights are those that the file holds as ${
      JSON.stringify(path.join("."))
    }${rest}.`,
  ];
}

/** The tensors with a name, without what else stands there. */
function tensorsOf({ entries }: PickleDict): Map<string, TorchTensor> {
  const tensors = new Map<string, TorchTensor>();
  for (const [name, value] of entries) {
    if (typeof name === "string" && isTensor(value)) tensors.set(name, value);
  }
  return tensors;
}

function isTensor(value: PickleValue): value is TorchTensor {
  return isKind(value) && value.kind === "tensor";
}

/** Whether a dict, or one in it by a usual name, has tensors by name; one that is there often is asked once. */
function holdsTensors(
  value: PickleValue,
  { known, depth }: { known: Map<PickleValue, boolean>; depth: number },
): boolean {
  if (isModule(value)) return true;
  if (!isDict(value) || depth > deepest) return false;
  const before = known.get(value);
  if (before !== undefined) return before;
  const holds = tensorsOf(value).size > 0 ||
    usualNames.some((name) =>
      holdsTensors(value.entries.get(name) ?? null, { known, depth: depth + 1 })
    );
  known.set(value, holds);
  return holds;
}

/** Whether an object is a torch.nn.Module: it has a dict of its parts. */
function isModule(value: PickleValue): value is PickleObject {
  return isKind(value) && value.kind === "object" && isDict(value.state) &&
    isDict(value.state.entries.get("_modules")) &&
    isDict(value.state.entries.get("_parameters"));
}

/** More than any model is made of, or is deep. */
const mostModules = 50_000;
const longestName = 2000;

/** A module's own tensors, and those of the modules in it, by their names from the outermost. */
function moduleTensors(module: PickleObject): Map<string, TorchTensor> {
  const tensors = new Map<string, TorchTensor>();
  const open: [prefix: string, module: PickleValue][] = [["", module]];
  for (let count = 0; open.length > 0; count++) {
    const [prefix, at] = open.pop() ?? ["", null];
    if (count > mostModules || prefix.length > longestName) {
      throw new PickleError("its modules run in a circle");
    }
    if (!isModule(at) || !isDict(at.state)) continue;
    for (const kind of ["_parameters", "_buffers"]) {
      const own = at.state.entries.get(kind) ?? null;
      for (const [name, tensor] of isDict(own) ? tensorsOf(own) : []) {
        tensors.set(`${prefix}${name}`, tensor);
      }
    }
    const inner = at.state.entries.get("_modules") ?? null;
    const children = isDict(inner) ? [...inner.entries].reverse() : [];
    for (const [name, child] of children) {
      if (typeof name === "string") open.push([`${prefix}${name}.`, child]);
    }
  }
  return tensors;
}

function described(value: PickleValue): string {
  if (isTensor(value)) return "one tensor, and no state dict";
  if (!isKind(value)) return "a plain value, and no state dict";
  return value.kind === "object"
    ? `an object of ${value.name}, and no state dict`
    : `a ${value.kind}, and no state dict`;
}
