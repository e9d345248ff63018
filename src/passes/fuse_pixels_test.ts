import { deepStrictEqual } from "@std/assert";
import { testSession } from "../../kernels/testing.ts";
import { plainTuning, texelTuning } from "../../kernels/tuning.ts";
import type { Graph } from "../graph/ir.ts";
import { runOnGpu } from "../plan/testing.ts";
import { fusePixels } from "./fuse_pixels.ts";
import { assertSameResults, feedsFor, GraphSketch, opsOf } from "./testing.ts";

/** Pictures less a mean a channel, times a factor, and whatever else, before a convolution with a border. */
function scaled(
  { channels = 3, isShared = false, isDouble = false, outputs = 8 } = {},
): Graph {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [2, 7, 9, channels]);
  const mean = sketch.constant([channels]);
  const factor = sketch.constant([], Float32Array.of(0.3));
  const centred = sketch.binary("sub", [x, mean]);
  const pixels = sketch.binary("mul", [factor, centred]);
  const image = isDouble ? sketch.binary("add", [pixels, pixels]) : pixels;
  const y = sketch.conv(image, { channels: outputs, size: 3, stride: 2 });
  return isShared ? sketch.finish(y, pixels) : sketch.finish(y);
}

Deno.test("fusePixels() makes what is done to pixels the work of the convolution that reads them", () => {
  for (const channels of [1, 3]) {
    const graph = scaled({ channels });
    const fused = fusePixels(graph);
    deepStrictEqual(opsOf(fused), ["conv2d"]);
    assertSameResults(graph, fused, { absolute: 0 });
  }
});

Deno.test("fusePixels() keeps the order, and a constant that something is taken from", () => {
  const sketch = new GraphSketch();
  const x = sketch.input("x", [1, 4, 4, 3]);
  const half = sketch.binary("div", [x, sketch.constant([3])]);
  const negative = sketch.binary("sub", [sketch.constant([3]), half]);
  const image = sketch.binary("add", [negative, sketch.constant([3])]);
  const graph = sketch.finish(sketch.conv(image, { channels: 4, size: 2 }));
  const fused = fusePixels(graph);
  deepStrictEqual(opsOf(fused), ["binary", "binary", "conv2d"]);
  assertSameResults(graph, fused, { absolute: 0 });
});

Deno.test("fusePixels() leaves more channels, sums of two pictures, and what something else reads", () => {
  for (
    const graph of [
      scaled({ channels: 4 }),
      scaled({ isDouble: true }),
      scaled({ isShared: true }),
    ]
  ) {
    deepStrictEqual(opsOf(fusePixels(graph)), opsOf(graph));
  }
});

Deno.test("fusePixels() changes no bit on the GPU, where texels are read and where not", async () => {
  const session = await testSession();
  for (const outputs of [6, 20]) {
    const graph = scaled({ outputs });
    const feeds = feedsFor(graph);
    const before = await runOnGpu(session, graph, feeds);
    for (const tuning of [plainTuning, texelTuning]) {
      const fused = fusePixels(graph);
      deepStrictEqual(
        await runOnGpu(session, fused, feeds, { tuning }),
        before,
      );
      deepStrictEqual(
        await runOnGpu(session, graph, feeds, { tuning }),
        before,
      );
    }
  }
});
