import { deepStrictEqual, match } from "@std/assert";
import { refusalOf } from "../graph/testing.ts";
import {
  decodeNetworkCheckpoint,
  encodeNetworkCheckpoint,
  type NetworkCheckpoint,
} from "./network_checkpoint.ts";

const checkpoint: NetworkCheckpoint = {
  step: 12,
  stage: 1,
  identity: { labels: ["a", "b"], rate: 0.5 },
  batches: { random: { seed: 3, stream: 1, counter: 99 }, position: 7 },
  variables: {
    "conv (folded filter)": { shape: [1, 2], data: new Float32Array([1, 2]) },
  },
  moments: {
    "conv (folded filter) (first)": {
      shape: [1, 2],
      data: new Float32Array([0.5, -0.25]),
    },
  },
};

Deno.test("decodeNetworkCheckpoint() gives back what was encoded", () => {
  const bytes = encodeNetworkCheckpoint(checkpoint);
  deepStrictEqual(decodeNetworkCheckpoint(bytes, "it"), checkpoint);
});

Deno.test("decodeNetworkCheckpoint() refuses a file with a wrong byte anywhere", () => {
  const bytes = encodeNetworkCheckpoint(checkpoint);
  for (let at = 0; at < bytes.length; at += 13) {
    const damaged = bytes.slice();
    damaged[at] ^= 1;
    match(refusalOf(() => decodeNetworkCheckpoint(damaged, "it")), /^it: /);
  }
});
