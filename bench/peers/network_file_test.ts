import { deepStrictEqual, rejects, strictEqual } from "@std/assert";
import { LayerGraph } from "../../src/graph/layers.ts";
import { peerFiles, readNetwork, writeNetwork } from "./network_file.ts";
import { temporaryFolder } from "../../src/bytes/temporary_folder_testing.ts";

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
  await using folder = await temporaryFolder();
  await writeNetwork(graph, folder.path);
  await Deno.writeFile(folder.join(peerFiles.pixels), new Uint8Array(8));
  const { network, valuesOf, pixels } = await readNetwork(folder.path);
  strictEqual(pixels.length, 2);
  const [convolution, pool] = network.layers;
  deepStrictEqual(pool.inputs, [convolution.output]);
  if (convolution.kind !== "convolution") throw new Error(convolution.kind);
  deepStrictEqual(convolution.filter.shape, [3, 3, 3, 5]);
  deepStrictEqual([...valuesOf(convolution.bias)], [1, 2, 3, 4, 5]);
});

Deno.test("writeNetwork() refuses an op that peers are not told of", async () => {
  const layers = new LayerGraph();
  const images = layers.input("images", [1, 8, 8, 3]);
  const graph = layers.finish(layers.meanOverSpace("mean", images));
  await using folder = await temporaryFolder();
  await rejects(writeNetwork(graph, folder.path), /not told of "mean"/);
});
