import { deepStrictEqual, strictEqual } from "@std/assert";
import { decodeGraphDef, type Graph } from "../../src/graph/mod.ts";
import { LayerGraph } from "../../src/graph/layers.ts";
import { temporaryFolder } from "../../src/bytes/temporary_folder_testing.ts";
import { netFiles, peerPictures, readNet, writeNet } from "./net_folder.ts";

function smallNet(): Graph {
  const layers = new LayerGraph({ seed: 1 });
  const images = layers.input("resized pixels", [1, 4, 4, 3]);
  const x = layers.convolution("conv", images, { channels: 5, size: 3 });
  const { tensors, ...graph } = layers.finish(layers.meanOverSpace("mean", x));
  const frozen = [...tensors].map(([name, tensor]) => {
    const { variable, ...rest } = tensor;
    return [name, variable ? { ...rest, constant: variable } : tensor] as const;
  });
  return { ...graph, tensors: new Map(frozen) };
}

Deno.test("writeNet() gives peers the net, its names and the first pictures", async () => {
  await using folder = await temporaryFolder();
  const pixels = Float32Array.from(
    { length: 2 * peerPictures * 4 * 4 * 3 },
    (_, index) => index,
  );
  await writeNet({ graph: smallNet(), pixels }, folder.path);
  const { facts, pixelsOf } = await readNet(folder.path);
  deepStrictEqual(facts.shape, [4, 4, 3]);
  deepStrictEqual(pixelsOf(2), pixels.subarray(0, 2 * 4 * 4 * 3));
  strictEqual(pixelsOf(peerPictures).length, pixels.length / 2);
  const { nodes } = decodeGraphDef(
    await Deno.readFile(folder.join(netFiles.graph)),
  );
  const names = new Set(nodes.map(({ name }) => name));
  for (const name of Object.values(facts.nodes)) {
    strictEqual(names.has(name), true, name);
  }
});
