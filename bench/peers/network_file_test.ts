import { deepStrictEqual, rejects, strictEqual } from "@std/assert";
import { join } from "@std/path";
import { GraphSketch } from "../graph_sketch.ts";
import { peerFiles, readNetwork, writeNetwork } from "./network_file.ts";

async function withFolder(
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("writeNetwork() lists layers whose weights can be found again", async () => {
  const sketch = new GraphSketch([1, 8, 8, 3]);
  const x = sketch.convolution(sketch.input, { filters: 5, window: 3 });
  const graph = sketch.finish(sketch.maxPool(x, { window: 2, stride: 2 }));
  const bias = graph.tensors.get(`${x}/bias`);
  if (bias) {
    const values = Float32Array.of(1, 2, 3, 4, 5);
    sketch.tensors.set(bias.name, {
      ...bias,
      constant: { read: () => values },
    });
  }
  await withFolder(async (folder) => {
    await writeNetwork(graph, folder);
    await Deno.writeFile(join(folder, peerFiles.pixels), new Uint8Array(8));
    const { network, valuesOf, pixels } = await readNetwork(folder);
    strictEqual(pixels.length, 2);
    const [convolution, pool] = network.layers;
    deepStrictEqual(pool.inputs, [convolution.output]);
    if (convolution.kind !== "convolution") throw new Error(convolution.kind);
    deepStrictEqual(convolution.filter.shape, [3, 3, 3, 5]);
    deepStrictEqual([...valuesOf(convolution.bias)], [1, 2, 3, 4, 5]);
  });
});

Deno.test("writeNetwork() refuses an op that peers are not told of", async () => {
  const sketch = new GraphSketch([1, 8, 8, 3]);
  const graph = sketch.finish(sketch.mean(sketch.input));
  await withFolder((folder) =>
    rejects(writeNetwork(graph, folder), /not told of "mean_0"/)
  );
});
