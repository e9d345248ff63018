import { deepStrictEqual, strictEqual } from "@std/assert";
import { assertAllClose, testValues } from "../../kernels/testing.ts";
import { runOnCpu } from "../plan/testing.ts";
import { halveInitializers } from "./halve.ts";
import { importOnnx } from "./import.ts";
import { decodeOnnx } from "./read.ts";
import { floats, onnxNetwork } from "./testing.ts";
import { encodeOnnx } from "./write.ts";

Deno.test("halveInitializers() halves weights, and names those that f16 does not hold", () => {
  const model = onnxNetwork();
  const { model: made, tooLarge } = halveInitializers(model);
  deepStrictEqual(tooLarge, []);
  const size = (of: typeof model) => encodeOnnx(of).length;
  const weights = 4 * (216 + 40);
  strictEqual(Math.round((size(model) - size(made)) / weights * 2), 1);
  const images = testValues(192, 5);
  const [[scores], [expected]] = [decodeOnnx(encodeOnnx(made)), model]
    .map((model) => runOnCpu(importOnnx(model), { images }));
  assertAllClose(scores, expected, { absolute: 1e-3 });
  const large = floats("dense", [5, 8], testValues(40, 3).map((x) => x * 1e6));
  const { graph } = model;
  const initializers = graph.initializers.map((tensor) =>
    tensor.name === "dense" ? large : tensor
  );
  const wide = { ...model, graph: { ...graph, initializers } };
  deepStrictEqual(halveInitializers(wide).tooLarge, ["dense"]);
});
