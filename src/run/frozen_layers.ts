/**
 * Which layers of a network stay as they are, and which variables are trained.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { type Graph, layersOf, nodeOfTensor } from "../graph/mod.ts";
import { counted } from "../plural.ts";
import { didYouMean, editDistance } from "../suggest.ts";
import { trainableOf } from "../train/mod.ts";
import { headPrefix } from "./cut.ts";
import type { NetworkSettings } from "./run_record.ts";

/** Variables of the head. */
export function headVariables(network: Graph): string[] {
  return trainableOf(network).filter((name) => name.startsWith(headPrefix));
}

/** Variables that are trained in the end: those of all layers that are not frozen. */
export function trainedVariables(
  network: Graph,
  settings: Pick<NetworkSettings, "mode" | "freezeUntil" | "frozen">,
): string[] {
  const frozen = frozenLayers(layerNames(network), settings);
  const inFrozen = new Set(
    network.nodes.filter(({ name }) => frozen.has(name))
      .flatMap(({ inputs }) => inputs),
  );
  return trainableOf(network).filter((name) => !inFrozen.has(name));
}

/** Names of the base's layers, numbered from 1 as `inspect` does. */
export function layerNames(network: Graph): string[] {
  return layersOf(network).map(({ name }) => name)
    .filter((name) => !name.startsWith(headPrefix));
}

/**
 * Layers that stay as they are: those up to `freezeUntil`, or all where only the
 * head is trained.
 *
 * @throws {UsageError} that names the nearest layer
 */
export function frozenLayers(
  layers: readonly string[],
  { mode, freezeUntil, frozen }: Pick<
    NetworkSettings,
    "mode" | "freezeUntil" | "frozen"
  >,
): ReadonlySet<string> {
  if (mode === "head") return new Set(layers);
  if (frozen) return new Set(frozen);
  if (freezeUntil === undefined) return new Set();
  const number = Number(freezeUntil);
  if (Number.isInteger(number)) {
    if (number >= 0 && number <= layers.length) {
      return new Set(layers.slice(0, number));
    }
    throw new UsageError(
      `--freeze-until is ${number}, the network has ${
        counted(layers.length, "layer")
      } before its head`,
    );
  }
  const wanted = nodeOfTensor(freezeUntil);
  const last = layers.findLastIndex((layer) => isIn(layer, wanted));
  if (last >= 0) return new Set(layers.slice(0, last + 1));
  const known = [...new Set(layers.flatMap(namesOf))];
  throw new UsageError(
    `The network has no layer "${freezeUntil}" (--freeze-until)${
      didYouMean(freezeUntil, { known }) ||
      `: name one of its ${counted(layers.length, "layer")}, such as ${
        nearestLayers(freezeUntil, layers).join(", ")
      }, or how many stay`
    }`,
  );
}

/** A layer's name and the scopes it is in: TensorFlow's, or the modules of PyTorch. */
function namesOf(layer: string): string[] {
  const dots = Array.from(layer.matchAll(/\./g), ({ index }) => index);
  const modules = dots.map((dot) => layer.slice(0, dot));
  return [layer, ...modules, ...layer.split("/")];
}

/** The three layers that may have been meant, in the order of computation where they are equally near. */
function nearestLayers(name: string, layers: readonly string[]): string[] {
  const distances = new Map(layers.map((layer) => [
    layer,
    Math.min(...namesOf(layer).map((known) => editDistance(name, known))),
  ]));
  return layers.toSorted((a, b) =>
    (distances.get(a) ?? 0) - (distances.get(b) ?? 0)
  ).slice(0, 3);
}

/** Whether a layer has a name, or is in a scope of that name. */
function isIn(layer: string, name: string): boolean {
  return layer === name || `/${layer}`.includes(`/${name}/`) ||
    layer.startsWith(`${name}.`);
}
