/**
 * A run's network as the framework that it is from has it: for files of weights.
 *
 * @module
 */
import {
  type Architecture,
  architectureOf,
  buildArchitecture,
} from "../../models/mod.ts";
import { InputError } from "../errors.ts";
import type { FeatureModel } from "../features/mod.ts";
import {
  elementCount,
  type Graph,
  type Tensor,
  tensorOf,
} from "../graph/mod.ts";
import { frameworksOwn } from "./native_network.ts";
import { type OpenedRun, trainedNetwork } from "./use_run.ts";

/** A framework's network with the values that a run has come to. */
export interface TrainedArchitecture {
  readonly architecture: Architecture;
  /** Without its classifier, by the architecture's names; `weightSlots` says where they are in a file. */
  readonly graph: Graph;
}

/**
 * The layers of a run before its head, where they are those of a framework's
 * network; `undefined` where they are others: a frozen graph's, our own, or folded,
 * as runs of before had them.
 *
 * @throws {InputError} if the run's network ends before its last layer
 */
export function architectureOfRun(
  run: OpenedRun,
  model: FeatureModel | undefined,
): TrainedArchitecture | undefined {
  const { network: { base }, model: record } = run.record;
  const id = base.kind === "native"
    ? frameworksOwn(base.name)
    : record?.weights?.architecture;
  if (id === undefined || base.kind === "graph") return undefined;
  const trained = base.kind === "features"
    ? model?.trainable?.()
    : trainedNetwork(run, { model, batch: 1 });
  const size = base.kind === "native" ? base.size : model?.resize.height;
  if (!trained || size === undefined) {
    throw new Error(`The model of ${run.path} is not open`);
  }
  const architecture = architectureOf(id);
  const { graph } = buildArchitecture(architecture, { size, classes: 0 });
  const tensors = Array.from(graph.tensors, ([name, tensor]) => {
    const { variable, ...rest } = tensor;
    if (!variable) return [name, tensor] as const;
    const read = valuesOf(trained, tensor);
    if (read) return [name, { ...rest, variable: { read } }] as const;
    throw new InputError(
      `The network of ${run.path} ends before "${
        name.slice(0, name.lastIndexOf("/"))
      }" and is not all of ${architecture.title}: train one up to its last layer`,
    );
  });
  return { architecture, graph: { ...graph, tensors: new Map(tensors) } };
}

/** Reads the values of a tensor, which may lie in several blocks of columns. */
function valuesOf(
  trained: Graph,
  { name, shape }: Tensor,
): (() => Float32Array) | undefined {
  const whole = trained.tensors.get(name);
  const blocks = whole ? [whole] : blocksOf(trained, name);
  const columns = shape.at(-1) ?? 1;
  const found = blocks.reduce((sum, { shape }) => sum + (shape.at(-1) ?? 0), 0);
  if (found !== columns) return undefined;
  return () => {
    const values = new Float32Array(elementCount(shape));
    let start = 0;
    for (const { shape, constant, variable } of blocks) {
      const width = shape.at(-1) ?? 1;
      const block = Float32Array.from((variable ?? constant)?.read() ?? []);
      for (let row = 0; row * width < block.length; row++) {
        const part = block.subarray(row * width, (row + 1) * width);
        values.set(part, row * columns + start);
      }
      start += width;
    }
    return values;
  };
}

/** The parts that `splitDense` made of a tensor, in order. */
function blocksOf(trained: Graph, name: string): readonly Tensor[] {
  const startOf = (block: string) => Number(/ \[(\d+):\d+\]$/.exec(block)?.[1]);
  return [...trained.tensors.keys()]
    .filter((block) => block.startsWith(`${name} [`))
    .toSorted((a, b) => startOf(a) - startOf(b))
    .map((block) => tensorOf(trained, block));
}
