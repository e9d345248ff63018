import type { FeatureModel, ResolvedModel } from "../features/mod.ts";
import type { Session } from "../gpu/mod.ts";
import type { PassName } from "../passes/mod.ts";
import {
  predictNetwork,
  type RowSource,
  type VariableValues,
} from "../train/mod.ts";
import { buildNetwork, lossKind } from "./_network.ts";
import { rowsOf } from "./_network_rows.ts";
import type { NetworkRecord } from "./_train_network_in_folder.ts";
import { recordedTuning } from "../tune/choose_tuning.ts";
import type { Examples } from "./examples.ts";

/** A network and what it has learnt. */
export interface TrainedNetworkParts {
  readonly record: NetworkRecord;
  readonly values: VariableValues;
}

/** Where a network is run. */
export interface NetworkTools {
  readonly session: Session;
  readonly model?: ResolvedModel | undefined;
  readonly without: readonly PassName[];
}

/** The graph of a trained network for so many rows at a time. */
export function trainedGraph(
  { record, values }: TrainedNetworkParts,
  { model, without, batch }: {
    model: FeatureModel | undefined;
    without: readonly PassName[];
    batch: number;
  },
) {
  const { network: settings, labels, width, settings: { seed } } = record;
  return buildNetwork({
    settings,
    classes: labels.length,
    width,
    seed,
    batch,
    model,
    without,
    values,
  });
}

/** Probabilities `(count, classes)` of rows. */
export function predictSource(
  parts: TrainedNetworkParts,
  rows: RowSource,
  { session, model, without }: NetworkTools,
): Promise<Float32Array> {
  const { labels, recipe: { batch }, environment } = parts.record;
  const network = trainedGraph(parts, { model: model?.model, without, batch });
  const loss = lossKind(labels.length);
  const tuning = recordedTuning(environment.tuning, session.adapter);
  return predictNetwork(session, { network, rows, loss, tuning });
}

/** Probabilities of the test pictures. */
export function predictRows(
  parts: TrainedNetworkParts,
  examples: Examples,
  tools: NetworkTools,
): Promise<Float32Array> {
  const scaled = parts.record.recipe.scaleRows;
  return predictSource(parts, rowsOf(examples, "test", { scaled }), tools);
}
