import { ok, strictEqual } from "@std/assert";
import { testSession } from "../kernels/testing.ts";
import { optimise } from "../src/passes/mod.ts";
import { runOnGpu } from "../src/plan/testing.ts";
import golden from "../tests/golden/architectures.json" with { type: "json" };
import { architectureOf } from "./architectures.ts";
import { recogniseWeights } from "./recognise.ts";
import { seededFile, seededImages } from "./testing.ts";

for (const [id, { size, logits }] of Object.entries(golden)) {
  Deno.test(`recogniseWeights() of ${id} builds a network with its framework's logits`, async () => {
    const tensors = seededFile(architectureOf(id), logits.length);
    const found = recogniseWeights(tensors, { source: "file", called: id });
    strictEqual(found.architecture.id, id);
    const { graph } = found.build({ size });
    const images = seededImages(size);
    const session = await testSession();
    const [values] = await runOnGpu(session, optimise(graph), { images });
    const distance = Math.hypot(...logits.map((x, at) => x - values[at]));
    const share = distance / Math.hypot(...logits);
    ok(share <= 1e-5, `relative L2 ${share}`);
  });
}
