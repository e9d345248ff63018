import type { FeatureModel, ResolvedModel } from "../features/mod.ts";
import type { Session } from "../gpu/mod.ts";
import type { Graph, Tensor } from "../graph/mod.ts";
import type { PassName } from "../passes/mod.ts";
import type { Tuning } from "../plan/mod.ts";
import { buildNetwork } from "./_network.ts";
import type { NetworkRecord } from "./_train_network_in_folder.ts";
import { chooseTuning, type Tuner } from "../tune/choose_tuning.ts";
import type { Watcher } from "../watcher.ts";

/** A picture on the way back costs twice what it does on the way to the loss. */
const costOfTraining = 3;

/** The tuning that a network is trained with; measured first if that is worth it. */
export function tuneNetwork(
  { network: settings, labels, width, recipe, settings: { seed } }:
    NetworkRecord,
  { session, tuner, model, without, watcher, signal }: {
    session: Session;
    tuner?: Tuner | undefined;
    model?: ResolvedModel | undefined;
    without: readonly PassName[];
    watcher: Watcher;
    signal?: AbortSignal | undefined;
  },
): Promise<Tuning> {
  const network = buildNetwork({
    settings,
    classes: labels.length,
    width,
    seed,
    batch: 1,
    model: model?.model,
    without,
  });
  return chooseTuning({
    adapter: session.adapter,
    tuner,
    model: frozen(network),
    without,
    watcher,
    signal,
    pictures: recipe.steps * recipe.batch * costOfTraining,
    isAnyCached: () => Promise.resolve(false),
  });
}

/** A network with the weights it starts from, which is timed like any frozen graph. */
function frozen(network: Graph): Pick<FeatureModel, "graph"> {
  const tensors = [...network.tensors].map(
    ([name, { variable, ...tensor }]): [string, Tensor] => [
      name,
      variable ? { ...tensor, constant: variable } : tensor,
    ],
  );
  return { graph: { ...network, tensors: new Map(tensors) } };
}
