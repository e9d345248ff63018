import { deepStrictEqual, rejects, strictEqual } from "@std/assert";
import { join } from "@std/path";
import { LayerGraph } from "../../src/graph/layers.ts";
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
  const values = Float32Array.of(1, 2, 3, 4, 5);
  const layers = new LayerGraph({
    constants: (_, [size]) => ({
      read: () => size === 5 ? values : new Float32Array(3 * 3 * 3 * 5),
    }),
  });
  const images = layers.input("images", [1, 8, 8, 3]);
  const x = layers.convolution("conv", images, { channels: 5, size: 3 });
  const graph = layers.finish(
    layers.maxPool("pool", x, { size: 2, stride: 2 }),
  );
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
  const layers = new LayerGraph();
  const images = layers.input("images", [1, 8, 8, 3]);
  const graph = layers.finish(layers.meanOverSpace("mean", images));
  await withFolder((folder) =>
    rejects(writeNetwork(graph, folder), /not told of "mean"/)
  );
});
