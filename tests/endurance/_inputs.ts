/** What the endurance scripts work on, beside what the sandbox has. */
import { encodeNpy } from "../../src/bytes/mod.ts";
import { encodeGraphDef } from "../../src/graph/mod.ts";
import { graphOf, node, placeholder } from "../../src/graph/testing.ts";
import type { Files } from "../cli/_sandbox.ts";

/** Bottleneck files of two classes, whose features are drawn. */
export function texts({ each = 40, features = 64 } = {}): Files {
  const files: Record<string, string> = {};
  let state = 1;
  for (const label of ["left", "right"]) {
    for (let number = 0; number < each; number++) {
      const row = Array.from({ length: features }, () => {
        state = (state * 48271) % 2147483647;
        return Math.fround(state / 2147483647);
      });
      files[`texts/${label}/${number}.txt`] = row.join(",");
    }
  }
  return files;
}

/** `net/relu.pb`, y = relu(x), and `net/x.npy` to feed it with. */
export function relu(): Files {
  const graph = graphOf(
    placeholder("x", [1, 4]),
    node("Relu", "y", { inputs: ["x"] }),
  );
  const data = Float32Array.of(-1, 0, 1, 2);
  return {
    "net/relu.pb": encodeGraphDef(graph),
    "net/x.npy": encodeNpy({ shape: [1, 4], data }),
  };
}
