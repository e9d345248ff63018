import { deepStrictEqual } from "@std/assert";
import { testSession } from "../../kernels/testing.ts";
import type { Session } from "../gpu/session.ts";
import type { Graph } from "../graph/ir.ts";
import { concatInPlace } from "../passes/concat_in_place.ts";
import { feedsFor, GraphSketch } from "../passes/testing.ts";
import { planGraph } from "./plan.ts";
import { plainTuning, texelTuning, type Tuning } from "../../kernels/tuning.ts";

const tuning = texelTuning;

/** For each step what it writes: a name, a texture or a buffer. */
function writesOf(graph: Graph): string[] {
  const { program } = planGraph(graph, { label: "net", tuning });
  return program.steps.map(({ writes: [first] }) => {
    const { name, texels } = program.buffers[first];
    return name ?? (texels ? "texels" : "buffer");
  });
}

/** Two convolutions of different widths, joined in one tensor that a third reads. */
function joined(channels: number): Graph {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [2, 5, 4, 8]);
  const both = sketch.concat([
    sketch.conv(x, { channels, size: 3 }),
    sketch.pool("max_pool", x),
  ]);
  const y = sketch.conv(both, { channels: 8 });
  return concatInPlace(sketch.finish(sketch.mean(y)));
}

/** A residual block: what it adds is read by the next convolution and added again. */
function residual(): Graph {
  const sketch = new GraphSketch();
  let x = sketch.conv(sketch.input("x", [2, 30, 25, 4]), { channels: 8 });
  for (let block = 0; block < 2; block++) {
    const y = sketch.depthwise(sketch.conv(x, { channels: 8 }));
    x = sketch.binary("add", [y, x]);
  }
  return sketch.finish(sketch.conv(x, { channels: 3 }));
}

/** The only output, computed with a tuning. */
async function run(
  graph: Graph,
  { session, label, tuning }: {
    session: Session;
    label: string;
    tuning: Tuning;
  },
): Promise<Float32Array> {
  const [x] = graph.inputs;
  const [y] = graph.outputs;
  const names = { [x]: `${label} x`, [y]: `${label} y` };
  const handle = await session.load(planGraph(graph, { label, names, tuning }));
  await session.write(names[x], feedsFor(graph)[x]);
  await session.run(handle);
  const result = new Float32Array(await session.read(names[y]));
  await session.unload(handle);
  return result;
}

Deno.test("useTexels() makes textures of what is read as texels, whoever writes it", () => {
  deepStrictEqual(writesOf(joined(12)), [
    "texels",
    "texels",
    "buffer",
    "mean_6",
  ]);
  // Channels that are stored one by one keep all of the tensor in a buffer.
  deepStrictEqual(writesOf(joined(11)), [
    "buffer",
    "buffer",
    "buffer",
    "mean_6",
  ]);
});

Deno.test("useTexels() lets sums follow what the next convolution wants", () => {
  deepStrictEqual(writesOf(residual()), [
    "texels",
    "texels",
    "texels",
    "texels",
    "texels",
    "texels",
    "texels",
    "conv2d_13",
  ]);
});

Deno.test("useTexels() keeps buffers for what has a name", () => {
  const sketch = new GraphSketch();
  const inner = sketch.conv(sketch.input("x", [1, 4, 4, 4]), { channels: 4 });
  const outer = sketch.conv(inner, { channels: 4 });
  deepStrictEqual(writesOf(sketch.finish(inner, outer)), [inner, outer]);
});

Deno.test("tensors that are textures hold the bytes that buffers hold", async () => {
  const session = await testSession();
  for (const [index, graph] of [joined(12), joined(11), residual()].entries()) {
    const [texels, buffers] = [tuning, plainTuning].map((tuning) =>
      run(graph, { session, label: `${index} ${tuning.texels}`, tuning })
    );
    deepStrictEqual(await texels, await buffers);
  }
});
