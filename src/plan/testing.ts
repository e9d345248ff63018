/**
 * Two ways to run a graph in tests: by the kernels' references, and on a GPU.
 *
 * @module
 */
import { kernelNamed } from "../../kernels/mod.ts";
import type { BufferData } from "../../kernels/kernel.ts";
import type { ElementType } from "../../kernels/texels.ts";
import type { Session } from "../gpu/session.ts";
import { elementCount, type Graph, tensorOf } from "../graph/ir.ts";
import { planGraph } from "./plan.ts";
import type { Tuning } from "../../kernels/tuning.ts";
import type { BufferIndex, Plan } from "../../kernels/program.ts";

/** Values by the name of a tensor or buffer, row-major. */
export type Values = Readonly<Record<string, Float32Array>>;

/** Runs a plan by its kernels' references; returns its named buffers. */
export function interpret(
  { program, constants }: Plan,
  feeds: Values,
): Record<string, Float32Array> {
  // Scratch starts as NaN, so that a read of what nobody wrote shows itself.
  const memory = program.buffers.map(({ bytes }) =>
    new Float32Array(bytes / 4).fill(NaN)
  );
  for (const [index, { name }] of program.buffers.entries()) {
    if (name === undefined) continue;
    const values = feeds[name] ?? constants.get(name)?.() ?? [];
    if (values instanceof Uint32Array) {
      new Uint32Array(memory[index].buffer).set(values);
    } else memory[index].set(values);
  }
  for (
    const { kernel: name, params, variant, reads, writes } of program.steps
  ) {
    const kernel = kernelNamed(name);
    const bind = (
      indices: readonly BufferIndex[],
      elements: readonly ElementType[],
    ): BufferData[] =>
      indices.map((index, at) =>
        isWords(elements[at])
          ? new Uint32Array(memory[index].buffer)
          : memory[index]
      );
    kernel.reference({
      params,
      variant,
      reads: bind(reads, Object.values(kernel.reads(variant))),
      writes: bind(writes, Object.values(kernel.writes(variant))),
    });
  }
  return Object.fromEntries(
    program.buffers.flatMap(({ name }, index) =>
      name === undefined ? [] : [[name, memory[index]]]
    ),
  );
}

function isWords(element: ElementType): boolean {
  return element === "u32" || element === "halves" || element === "half texels";
}

/** The outputs of a graph, computed by its kernels' references. */
export function runOnCpu(graph: Graph, feeds: Values): Float32Array[] {
  const results = interpret(planGraph(graph, { label: "test" }), feeds);
  return graph.outputs.map((name) => results[name]);
}

/** The outputs of a graph, computed by a session in the kernels' plain ways, or in those of `tuning`. */
export async function runOnGpu(
  session: Session,
  graph: Graph,
  feeds: Values,
  { tuning }: { readonly tuning?: Tuning } = {},
): Promise<Float32Array[]> {
  // Buffers of a session go by name, so each run brings names of its own.
  const label = `test ${nextRun++}`;
  const nameOf = (tensor: string) => `${label} ${tensor}`;
  const names = Object.fromEntries(
    [...graph.inputs, ...graph.outputs].map((name) => [name, nameOf(name)]),
  );
  const program = await session.load(planGraph(graph, {
    ...{ label, names },
    ...tuning && { tuning },
  }));
  for (const name of graph.inputs) {
    await session.write(nameOf(name), feeds[name]);
  }
  await session.run(program);
  const outputs: Float32Array[] = [];
  for (const name of graph.outputs) {
    const bytes = elementCount(tensorOf(graph, name).shape) * 4;
    const buffer = await session.read(nameOf(name), bytes);
    outputs.push(new Float32Array(buffer));
  }
  await session.unload(program);
  return outputs;
}

let nextRun = 0;
