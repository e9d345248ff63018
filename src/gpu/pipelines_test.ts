import { doesNotMatch, match, rejects, strictEqual } from "@std/assert";
import { unary } from "../../kernels/unary.ts";
import { openLocalSession } from "./local_session.ts";
import { PipelineCache } from "./pipelines.ts";

Deno.test("PipelineCache compiles a variant once", async () => {
  const session = await openLocalSession();
  const cache = new PipelineCache(session.device);
  const first = await cache.get(unary, { function: "relu" });
  strictEqual(await cache.get(unary, { function: "relu" }), first);
  await session.close();
});

Deno.test("PipelineCache names file and line of wrong WGSL, without the header's lines", async () => {
  const session = await openLocalSession();
  const cache = new PipelineCache(session.device);
  const wrong = {
    ...unary,
    name: "wrong",
    source: () =>
      "@compute @workgroup_size(8)\nfn main() {\n  let number: u32 = 1.5;\n}\n",
  };
  await rejects(cache.get(wrong, { function: "relu" }), (error: Error) => {
    match(error.message, /Kernel "wrong" does not compile/);
    match(error.message, /wrong\.wgsl:3:\d+: /);
    doesNotMatch(error.message, /wrong\.wgsl:(1|2|4)\d*:/);
    return true;
  });
  // What failed leaves no trace: the next kernel compiles.
  await cache.get(unary, { function: "rsqrt" });
  await session.close();
});
