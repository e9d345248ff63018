import { deepStrictEqual, rejects, strictEqual, throws } from "@std/assert";
import { join } from "@std/path";
import { testValues } from "../../kernels/testing.ts";
import { readExternalData } from "./external_data.ts";
import { type OnnxModel, onnxTypes } from "./model.ts";
import { decodeOnnx } from "./read.ts";
import { floats, onnxModel, onnxNode, wholes } from "./testing.ts";
import { encodeOnnx } from "./write.ts";

const model = onnxModel({
  inputs: { x: ["batch", 3, 8, "", -1] },
  outputs: ["y"],
  nodes: [
    onnxNode("Any", "y", {
      inputs: ["x", "", "w"],
      whole: -7,
      wholes: [1, -2, 2 ** 40],
      float: { kind: "float", value: 0.5 },
      floats: { kind: "floats", value: [0.25, -3] },
      text: { kind: "bytes", value: new TextEncoder().encode("SAME") },
      texts: { kind: "texts", value: [Uint8Array.of(1), Uint8Array.of()] },
      tensor: { kind: "tensor", value: wholes("", [3, 4]) },
      graph: { kind: "other", value: 5 },
    }),
  ],
  initializers: [
    floats("w", [2, 2], testValues(4)),
    { name: "halves", shape: [2], type: onnxTypes.float16, values: [1, 15360] },
    { name: "doubles", shape: [1], type: onnxTypes.double, values: [0.1] },
    {
      ...{ name: "far", shape: [4], type: onnxTypes.float },
      external: { location: "far.data", offset: 64, length: 16 },
    },
  ],
});

Deno.test("decodeOnnx() reads what encodeOnnx() wrote, bit for bit", () => {
  const bytes = encodeOnnx(model);
  deepStrictEqual(decodeOnnx(bytes), model);
  deepStrictEqual(encodeOnnx(decodeOnnx(bytes)), bytes);
});

Deno.test("decodeOnnx() refuses what is no whole model, in a sentence", () => {
  const bytes = encodeOnnx(model);
  for (const length of [0, 1, 40, bytes.length - 20]) {
    throws(
      () => decodeOnnx(bytes.subarray(0, length), { source: "a.onnx" }),
      /^InputError: "a\.onnx" is (empty|not a whole ONNX model|no ONNX model with a graph).*export it to ONNX again/,
    );
  }
});

function far(location: string, offset = 0): OnnxModel {
  return onnxModel({
    inputs: {},
    outputs: ["far"],
    nodes: [],
    initializers: [{
      ...{ name: "far", shape: [4], type: onnxTypes.float },
      external: { location, offset, length: 16 },
    }],
  });
}

Deno.test("readExternalData() reads files beside the model, and refuses those elsewhere or too short", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "net", "a.onnx");
  await Deno.mkdir(join(folder, "net"));
  await Deno.writeFile(join(folder, "secret"), new Uint8Array(64));
  const bytes = Uint8Array.from({ length: 20 }, (_, at) => at);
  await Deno.writeFile(join(folder, "net", "a.data"), bytes);
  await Deno.symlink(join(folder, "secret"), join(folder, "net", "link"));
  const { model, files } = await readExternalData(far("a.data", 4), { path });
  deepStrictEqual(model.graph.initializers[0].raw, bytes.subarray(4));
  strictEqual(files.length, 1);
  const refusals = [
    ["../secret", 0, /outside of its folder/],
    [join(folder, "secret"), 0, /outside of its folder/],
    ["link", 0, /outside of its folder/],
    ["", 0, /outside of its folder/],
    ["gone.data", 0, /in "gone.data", which is not beside it/],
    ["a.data", 8, /bytes 8 to 24 of "a.data", which has 20/],
    ["a.data", -8, /bytes -8 to 8/],
    ["a.data", NaN, /fetch that file again, whole/],
  ] as const;
  for (const [location, offset, message] of refusals) {
    await rejects(readExternalData(far(location, offset), { path }), message);
  }
  await Deno.remove(folder, { recursive: true });
});
