import { deepStrictEqual, ok, throws } from "@std/assert";
import { peerNames, peerSpecs } from "./known_peers.ts";
import { workOf } from "./mod.ts";

const titles = (call: Parameters<typeof workOf>[0]) =>
  workOf(call).peers.map(({ title }) => title);

Deno.test("workOf() leaves out what is built first, unless it is named", () => {
  ok(!titles({}).includes("burn"));
  deepStrictEqual(titles({ peer: "burn" }), ["burn"]);
});

Deno.test("workOf() takes the peers that are named, in the order of the table", () => {
  deepStrictEqual(titles({ peer: "jax-js, tfjs-webgpu" }), [
    "tfjs-webgpu",
    "jax-js",
  ]);
});

Deno.test("workOf() says which peers there are, and which was meant", () => {
  throws(
    () => workOf({ peer: "tensorflow,jaxjs" }),
    /--peer has "jaxjs", expected tfjs-webgpu, .*jax-js.*Did you mean jax-js\?/,
  );
});

Deno.test("workOf() trains the networks among the nets that are named, and the head", () => {
  const head = { kind: "head" } as const;
  deepStrictEqual(workOf({ nets: ["mobilenet-v2"] }).tasks, [head]);
  const { nets, tasks } = workOf({ nets: ["resnet-50"] });
  deepStrictEqual(nets, ["resnet-50"]);
  deepStrictEqual(tasks, [
    head,
    { kind: "network", name: "ResNet-50", norms: "trained" },
  ]);
});

Deno.test("every peer runs nets or trains", () => {
  for (const name of peerNames) {
    const { forward, training } = peerSpecs[name];
    ok(forward || training, name);
  }
});
