import { ok, strictEqual } from "@std/assert";
import { testSession } from "../kernels/testing.ts";
import { optimise } from "../src/passes/mod.ts";
import { runOnGpu } from "../src/plan/testing.ts";
import golden from "../tests/golden/architectures.json" with { type: "json" };
import { architectureOf, architectures } from "./architectures.ts";
import { recogniseWeights } from "./recognise.ts";
import { seededFile, seededImages } from "./testing.ts";
import { torchvisionAlexnet, torchvisionVgg16 } from "./vgg.ts";

/** Networks whose dense layers would be most of a test's time, with fewer units. */
const narrow = [
  torchvisionAlexnet({ hidden: 64 }),
  torchvisionVgg16({ hidden: 64 }),
  torchvisionVgg16({ hidden: 64, hasNorms: true }),
];

for (const [id, { size, logits }] of Object.entries(golden)) {
  Deno.test(`recogniseWeights() of ${id} builds a network with its framework's logits`, async () => {
    const architecture = narrow.find((known) => known.id === id) ??
      architectureOf(id);
    const classes = id.endsWith("_notop") ? 0 : logits.length;
    const found = recogniseWeights(seededFile(architecture, classes), {
      source: "file",
      called: id,
      among: [...narrow, ...architectures],
    });
    strictEqual(found.architecture, architecture);
    const { graph } = found.build({ size });
    const images = seededImages(size);
    const session = await testSession();
    const [values] = await runOnGpu(session, optimise(graph), { images });
    const distance = Math.hypot(...logits.map((x, at) => x - values[at]));
    const share = distance / Math.hypot(...logits);
    ok(share <= 1e-5, `relative L2 ${share}`);
  });
}
