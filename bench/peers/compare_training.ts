/**
 * Another engine's training and ours, in turn.
 *
 * @module
 */
import { openSession } from "../../src/gpu/mod.ts";
import { benchHead } from "../kernel_programs.ts";
import {
  benchNetworks,
  openTraining,
  parametersOf,
} from "../network_training.ts";
import type { BenchContext } from "../section.ts";
import { headRate } from "../training.ts";
import { contest, rate, type Subject } from "./contest.ts";
import type { PeerTask } from "./known_peers.ts";
import type { PeerProcess } from "./process.ts";
import type { PeerRequest } from "./serve.ts";

/** How long a peer's sample takes, if a step of it is no longer. */
const sampleMilliseconds = 2000;

/** The row of a task without a peer. */
export function trainingOf(
  task: PeerTask,
): Pick<Subject, "what" | "unit"> {
  if (task.kind === "head") return { what: "head training", unit: "steps/s" };
  const norms = task.norms === "trained" ? " with batch norms" : "";
  return { what: `training of ${task.name}${norms}`, unit: "images/s" };
}

/** Compares a peer that trains with ours. */
export async function compareTraining(
  subject: Subject,
  { peer, task }: { peer: PeerProcess; task: PeerTask },
  context: BenchContext,
): Promise<void> {
  if (task.kind === "head") {
    return await compareHead(subject, { peer }, context);
  }
  await compareNetwork(subject, { peer, task }, context);
}

async function compareHead(
  subject: Subject,
  { peer }: { peer: PeerProcess },
  context: BenchContext,
): Promise<void> {
  const { features, classes, batch, dataRows } = benchHead;
  const task = { features, classes, batch, dataRows };
  const timer = await startTimer(
    { peer, unit: dataRows / batch, parameters: (features + 1) * classes },
    (steps) => ({ ask: "head", steps, ...task }),
  );
  const session = await openSession();
  try {
    await contest({
      ...subject,
      ours: () => headRate(session, context.signal),
      theirs: async () => rate(timer.steps, await timer.run()),
      ourDetails: {},
      theirDetails: { version: timer.version, steps: timer.steps },
    }, context);
  } finally {
    await session.close();
  }
}

async function compareNetwork(
  subject: Subject,
  { peer, task: { name, norms } }: {
    peer: PeerProcess;
    task: Extract<PeerTask, { kind: "network" }>;
  },
  context: BenchContext,
): Promise<void> {
  const { batch, size, channels, classes } = benchNetworks[name];
  const task = { name, norms, batch, size, channels, classes };
  const timer = await startTimer(
    { peer, unit: 1, parameters: parametersOf(name, { norms }) },
    (steps) => ({ ask: "network", steps, ...task }),
  );
  const { signal } = context;
  const training = await openTraining(name, { norms, signal });
  try {
    await contest({
      ...subject,
      ours: () => training.rate(),
      theirs: async () => rate(timer.steps * batch, await timer.run()),
      ourDetails: { batch, size },
      theirDetails: { version: timer.version, steps: timer.steps },
    }, context);
  } finally {
    await training.close();
  }
}

/** Steps of a peer that are timed together. */
interface Timer {
  readonly version: string;
  readonly steps: number;
  /** Milliseconds of them. */
  run(): Promise<number>;
}

/**
 * Warms a peer up, and finds how many steps make a sample.
 *
 * @throws {Error} if it does not train as many values as ours.
 */
async function startTimer(
  { peer, unit, parameters }: {
    peer: PeerProcess;
    unit: number;
    parameters: number;
  },
  request: (steps: number) => PeerRequest,
): Promise<Timer> {
  const ask = async (steps: number) => {
    const answer = await peer.ask(request(steps));
    return { ...answer, milliseconds: answer.milliseconds ?? NaN };
  };
  const first = await ask(unit);
  if (first.parameters !== parameters) {
    throw new Error(
      `it trains ${first.parameters} values, ours ${parameters}: that is another network`,
    );
  }
  const { milliseconds } = await ask(unit);
  const units = Math.max(1, Math.round(sampleMilliseconds / milliseconds));
  const steps = unit * units;
  return {
    version: first.version,
    steps,
    run: async () => (await ask(steps)).milliseconds,
  };
}
