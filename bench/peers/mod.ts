/**
 * Other engines on the same weights, input and machine, measured in turn with
 * ours: ours, peer, ours, peer. Each runs in a process of its own.
 *
 * @module
 */
import { UsageError } from "../../src/errors.ts";
import { counted } from "../../src/plural.ts";
import { didYouMean } from "../../src/suggest.ts";
import { openNet } from "../nets.ts";
import type { BenchContext, Section } from "../section.ts";
import { compareForward, openOurs } from "./compare_forward.ts";
import { compareTraining, trainingOf } from "./compare_training.ts";
import { attempt, type Subject } from "./contest.ts";
import {
  defaultPeerNets,
  type PeerName,
  peerNames,
  type PeerSpec,
  peerSpecs,
  type PeerTask,
  tasksByNet,
} from "./known_peers.ts";
import { writeNet } from "./net_folder.ts";
import { type PeerProcess, startPeer } from "./process.ts";

/** Whose training is compared where `--net` names nothing: a step of ResNet-50 takes seconds. */
const defaultTrained = ["small-cnn", "mobilenet-v1-0.25-128"];

/** Peers, nets and trainings that are asked for. */
export interface Work {
  /** In the order they are measured. */
  readonly peers: readonly PeerSpec[];
  /** Names of those whose forward passes are compared. */
  readonly nets: readonly string[];
  /** What is trained. */
  readonly tasks: readonly PeerTask[];
}

/** Every peer against ours. */
export const peers: Section = {
  name: "peers",
  async run(context) {
    const work = workOf(context);
    context.terminal.note(describe(work));
    for (const net of work.nets) await compareNet(net, work, context);
    for (const spec of work.peers) {
      for (const task of work.tasks) {
        if (spec.trains?.(task)) await compareTask(spec, task, context);
      }
    }
  },
};

/**
 * What a call asks for.
 *
 * @throws {UsageError} if a peer is unknown
 */
export function workOf(
  { peer, nets }: Pick<BenchContext, "peer" | "nets">,
): Work {
  const tasks = (nets ?? defaultTrained).flatMap((name) =>
    Object.hasOwn(tasksByNet, name) ? tasksByNet[name] : []
  );
  return {
    peers: peersNamed(peer),
    // The small CNN ends where no features do.
    nets: nets?.filter((name) => name !== "small-cnn") ?? defaultPeerNets,
    tasks: [{ kind: "head" }, ...tasks],
  };
}

function peersNamed(value: string | undefined): readonly PeerSpec[] {
  if (value === undefined) {
    return Object.values(peerSpecs).filter(({ isOnRequest }) => !isOnRequest);
  }
  const names = value.split(",").map((word): PeerName => {
    const name = peerNames.find((known) => known === word.trim());
    if (name !== undefined) return name;
    throw new UsageError(
      `--peer has ${JSON.stringify(word)}, expected ${peerNames.join(", ")}${
        didYouMean(word, { known: peerNames })
      }`,
    );
  });
  return peerNames.filter((name) => names.includes(name))
    .map((name) => peerSpecs[name]);
}

function describe({ peers, nets, tasks }: Work): string {
  const forwards = peers.filter(({ forward }) => forward).length;
  const trainings = peers.flatMap((spec) =>
    tasks.filter((task) => spec.trains?.(task))
  );
  const parts = [
    ...forwards === 0
      ? []
      : nets.map((net) => `${net} in ${counted(forwards, "engine")}`),
    counted(trainings.length, "training"),
  ];
  return `${
    parts.join(", ")
  }: each engine takes half a minute to several for each`;
}

async function compareNet(
  name: string,
  { peers }: Work,
  context: BenchContext,
): Promise<void> {
  const able = peers.filter(({ forward }) => forward);
  if (able.length === 0) return;
  const net = await openNet(name);
  if (!net.model) {
    return context.terminal.note(
      `${name} has no pictures, and is trained alone`,
    );
  }
  const folder = await Deno.makeTempDir({ prefix: "espalier-peers-" });
  const ours = await openOurs(net, context);
  try {
    await writeNet({ graph: net.model.graph, pixels: ours.pixels }, folder);
    for (const spec of able) {
      const args = spec.forward?.(folder, context.python) ?? [];
      const subject: Subject = {
        ...{ what: `forward of ${net.name}`, peer: spec.title },
        unit: "images/s",
      };
      await withPeer(
        subject,
        { args, context },
        (peer) => compareForward(subject, { peer, ours }, context),
      );
    }
  } finally {
    await ours.forward.close();
    await Deno.remove(folder, { recursive: true });
  }
}

async function compareTask(
  { title, training }: PeerSpec,
  task: PeerTask,
  context: BenchContext,
): Promise<void> {
  const args = training?.(context.python) ?? [];
  const subject: Subject = { ...trainingOf(task), peer: title };
  await withPeer(
    subject,
    { args, context },
    (peer) => compareTraining(subject, { peer, task }, context),
  );
}

/** Starts a peer, compares, and ends it. */
async function withPeer(
  subject: Subject,
  { args, context }: { args: readonly string[]; context: BenchContext },
  compare: (peer: PeerProcess) => Promise<void>,
): Promise<void> {
  context.signal.throwIfAborted();
  context.terminal.note(`${subject.what}: ${subject.peer}`);
  const peer = startPeer(args);
  try {
    await attempt(subject, context, () => compare(peer));
  } finally {
    await peer.close();
  }
}
