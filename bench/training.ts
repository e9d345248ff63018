/**
 * Training steps of a head and of whole networks, as `train` does them.
 *
 * @module
 */
import { openSession, type Session } from "../src/gpu/mod.ts";
import {
  denseNetwork,
  fixedRows,
  resolveRecipe,
  trainableOf,
  trainNetwork,
} from "../src/train/mod.ts";
import { benchHead } from "./kernel_programs.ts";
import {
  type BenchNetworkName,
  benchNetworkNames,
  benchNetworks,
  type Norms,
  openTraining,
} from "./network_training.ts";
import type { Row } from "./results.ts";
import type { BenchContext, Section } from "./section.ts";
import { trainCommandRow } from "./train_command.ts";

/** Steps that are timed together, and those before them. */
const steps = 1000;
const warmUp = 200;

/** Steps of the head 2048 to 5, of whole networks, and what a user waits for. */
export const training: Section = {
  name: "training",
  async run(context) {
    const session = await openSession();
    try {
      context.add({
        section: "training",
        name: "head 2048 to 5, batch 64, SGD",
        unit: "steps/s",
        samples: await headSamples(session, context),
        warmUp: 1,
        details: { steps, rows: benchHead.dataRows },
      });
    } finally {
      await session.close();
    }
    for (const name of benchNetworkNames) {
      for (const norms of normsOf(name)) {
        context.add(await networkRow(name, norms, context));
      }
    }
    context.add(await trainCommandRow(context));
  },
};

/** Folded as a frozen graph has them, and where there are any trained as such. */
function normsOf(name: BenchNetworkName): readonly Norms[] {
  return name === "small CNN" ? ["folded"] : ["folded", "trained"];
}

async function networkRow(
  name: BenchNetworkName,
  norms: Norms,
  { rounds, signal }: BenchContext,
): Promise<Row> {
  const { batch, size, classes, steps } = benchNetworks[name];
  const samples: number[] = [];
  const training = await openTraining(name, { norms, signal });
  try {
    // Where a step takes seconds, few of them tell as much.
    const count = steps === 1 ? Math.min(rounds, 3) : rounds;
    for (let round = 0; round < count; round++) {
      signal.throwIfAborted();
      samples.push(await training.rate());
    }
  } finally {
    await training.close();
  }
  const suffix = norms === "trained" ? ", batch norms trained" : "";
  return {
    section: "training",
    name: `${name} of ${size}x${size}, batch ${batch}, Adam${suffix}`,
    unit: "images/s",
    samples,
    warmUp: 1,
    details: { classes, "steps a sample": steps },
  };
}

/** Steps a second of each round, after one that is not kept. */
export async function headSamples(
  session: Session,
  { rounds, signal }: Pick<BenchContext, "rounds" | "signal">,
): Promise<number[]> {
  const samples: number[] = [];
  for (let round = -1; round < rounds; round++) {
    signal.throwIfAborted();
    const rate = await headRate(session, signal);
    if (round >= 0) samples.push(rate);
  }
  return samples;
}

/**
 * Steps a second: by how much a training of so many steps more is longer. What is
 * told comes in bursts, several submits late, and compiling and uploading are not
 * counted, as they are not for the peers.
 */
export async function headRate(
  session: Session,
  signal: AbortSignal,
): Promise<number> {
  const { features, classes, dataRows, batch } = benchHead;
  const train = fixedRows({
    features,
    rows: Float32Array.from(
      { length: dataRows * features },
      (_, index) => (index * 7919 % 1000) / 1000,
    ),
    labels: Uint32Array.from({ length: dataRows }, (_, row) => row % classes),
  });
  const network = denseNetwork({ features, classes, batch });
  const timeOf = async (steps: number) => {
    const { recipe } = resolveRecipe("classic", {
      target: "dense",
      trainRows: dataRows,
      overrides: { steps, batch },
    });
    const begun = performance.now();
    await trainNetwork({
      session,
      network,
      loss: { kind: "softmax" },
      train,
      stages: [{ variables: trainableOf(network), settings: recipe }],
      seed: 0,
      stepsPerEvaluation: recipe.stepsPerEvaluation,
      signal,
    });
    return performance.now() - begun;
  };
  const few = await timeOf(warmUp);
  return 1000 * steps / (await timeOf(warmUp + steps) - few);
}
