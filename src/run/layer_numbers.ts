/**
 * How the layers of a base are numbered, and which of them `--freeze-until` keeps.
 *
 * @module
 */
import { mobilenetLayers } from "../../models/networks.ts";
import { UsageError } from "../errors.ts";
import type { FeatureModel } from "../features/mod.ts";
import {
  type GraphLayer,
  kerasLayerNumbers,
  type LayerNumbers,
  nodeOfTensor,
} from "../graph/mod.ts";
import type { NetworkBase } from "./run_record.ts";

/** What decides the numbers of a frozen graph's layers. */
export type NumberedModel = Pick<FeatureModel, "graphDef" | "bottleneckTensor">;

/** As Keras numbers the layers of a network that it has, or has built; else they count themselves. */
export function layerNumbers(
  base: NetworkBase,
  model: NumberedModel | undefined,
): LayerNumbers | undefined {
  if (base.kind === "native") {
    return base.name === "mobilenet-v1" ? mobilenetNumbers : undefined;
  }
  if (base.kind === "weights") return undefined;
  return model &&
    kerasLayerNumbers(model.graphDef, [model.bottleneckTensor]);
}

const mobilenetNumbers: LayerNumbers = {
  count: mobilenetLayers.length,
  of: (node) =>
    numberWhere(([keras, ours]) => ours === node && !/_pad_/.test(keras)),
  first: (node) => mobilenetNumbers.of(node),
  named: (name) => numberWhere((names) => names.includes(name)),
};

function numberWhere(
  is: (names: readonly [keras: string, ours: string]) => boolean,
): number | undefined {
  const index = mobilenetLayers.findIndex(is);
  return index < 0 ? undefined : index + 1;
}

/** Ops into which a batch norm may have been folded. */
const products = ["conv2d", "depthwise_conv2d", "matmul"];

/**
 * Names of the layers that stay where these numbers decide, up to a number or a
 * name of Keras's; `undefined` for a name that is none of its.
 *
 * @throws {UsageError} if there is no such number
 */
export function frozenByNumber(
  layers: readonly GraphLayer[],
  { numbers, freezeUntil }: { numbers: LayerNumbers; freezeUntil: string },
): string[] | undefined {
  const count = Math.max(numbers.count, ...layers.map(({ number }) => number));
  const asked = Number(freezeUntil);
  if (Number.isInteger(asked) && !(asked >= 0 && asked <= count)) {
    throw new UsageError(
      `--freeze-until is ${asked}, the network has ${count} layers before its head, as Keras counts them`,
    );
  }
  const last = Number.isInteger(asked)
    ? asked
    : numbers.named(nodeOfTensor(freezeUntil));
  if (last === undefined) return undefined;
  const firstOf = ({ name, op, number }: GraphLayer) =>
    (products.includes(op) ? numbers.first(name) : undefined) ?? number;
  return layers.filter((layer) => firstOf(layer) <= last)
    .map(({ name }) => name);
}
