import { strictEqual } from "@std/assert";
import { inceptionNodes } from "../../models/inception_v3.ts";
import { openModel } from "../features/mod.ts";
import { pictureGraph } from "../features/testing.ts";
import { encodeGraphDef } from "../graph/mod.ts";
import { isInceptionV3 } from "./train_run.ts";

Deno.test("isInceptionV3() knows the network by its convolutions and its width, and no other", () => {
  const zeros = (length: number) => new Float32Array(length);
  const nodes = [...inceptionNodes({
    mean: 128,
    std: 128,
    lastPool: "MaxPool",
    weights({ filterShape }) {
      const channels = filterShape[3];
      return {
        filter: zeros(filterShape.reduce((product, size) => product * size)),
        beta: zeros(channels),
        mean: zeros(channels),
        variance: zeros(channels),
      };
    },
  })];
  const bytes = encodeGraphDef({ nodes, producer: 9 });
  strictEqual(isInceptionV3(openModel(bytes)), true);
  strictEqual(isInceptionV3(openModel(pictureGraph())), false);
});
