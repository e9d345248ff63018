/**
 * ONNX's own tests of single operations, those whose tensors have four axes at most
 * and whose only output is of f32: says how many come out right, are refused with a
 * reason, or are wrong, which none may be. The folder is what `make_node_tests.py`
 * makes:
 *
 *     deno task onnx:nodes DIR [PART OF A NAME]
 */
import { join } from "@std/path";
import { InputError } from "../../src/errors.ts";
import { openSession } from "../../src/gpu/mod.ts";
import { elementCount } from "../../src/graph/ir.ts";
import { readTensor } from "../../src/graph/tensor.ts";
import {
  decodeOnnx,
  decodeOnnxTensor,
  importOnnx,
  type OnnxModel,
  type OnnxTensor,
  onnxTypes,
} from "../../src/onnx/mod.ts";
import { tensorDefOf } from "../../src/onnx/tensor.ts";
import { optimise } from "../../src/passes/mod.ts";
import { runOnGpu } from "../../src/plan/testing.ts";
import type { Session } from "../../src/gpu/mod.ts";

/** The operations that are meant to work. */
const promised = new Set(
  ("Conv Relu Clip LeakyRelu PRelu Elu Sigmoid HardSigmoid HardSwish Tanh Softplus Add Sub Mul Div " +
    "Max Min Concat MaxPool AveragePool GlobalAveragePool GlobalMaxPool ReduceMean Flatten Reshape " +
    "Squeeze Unsqueeze Transpose Gemm MatMul BatchNormalization LRN Pad Softmax LogSoftmax ArgMax " +
    "Identity Dropout Constant ConstantOfShape Cast Shape Gather Slice Split Expand Where Equal " +
    "LayerNormalization Erf Gelu Pow Sqrt")
    .split(" "),
);

/** A test: a model, what is fed, and what has to come out. */
interface NodeTest {
  readonly name: string;
  readonly model: OnnxModel;
  readonly inputs: readonly OnnxTensor[];
  readonly output: OnnxTensor;
}

function readTest(folder: string, name: string): NodeTest | undefined {
  const read = (file: string) =>
    Deno.readFileSync(join(folder, name, ...file.split("/")));
  const model = decodeOnnx(read("model.onnx"), { source: name });
  const { nodes, inputs, outputs } = model.graph;
  const isMeant =
    nodes.every(({ op, domain }) => domain === "" && promised.has(op)) &&
    outputs.length === 1 && outputs[0].type === onnxTypes.float &&
    inputs.every(({ type }) => type !== 0);
  if (!isMeant) return undefined;
  const output = decodeOnnxTensor(read("output_0.pb"));
  const fed = inputs.map((_, at) => decodeOnnxTensor(read(`input_${at}.pb`)));
  const isFlat = [output, ...fed].every(({ shape }) => shape.length <= 4);
  return isFlat ? { name, model, inputs: fed, output } : undefined;
}

/** The model with some of its inputs as initializers. */
function bound(
  { model, inputs }: NodeTest,
  isFed: (tensor: OnnxTensor, at: number) => boolean,
): OnnxModel {
  const { graph } = model;
  const constants = graph.inputs.flatMap(({ name }, at) =>
    isFed(inputs[at], at) ? [] : [{ ...inputs[at], name }]
  );
  const names = new Set(constants.map(({ name }) => name));
  return {
    ...model,
    graph: {
      ...graph,
      initializers: [...graph.initializers, ...constants],
      inputs: graph.inputs.filter(({ name }) => !names.has(name)),
    },
  };
}

const valuesOf = (tensor: OnnxTensor) =>
  Float32Array.from(readTensor(tensorDefOf(tensor)));

async function computed(
  session: Session,
  test: NodeTest,
  model: OnnxModel,
): Promise<{ shape: readonly number[]; data: ArrayLike<number> }> {
  const graph = optimise(importOnnx(model));
  const [name] = graph.outputs;
  const tensor = graph.tensors.get(name);
  if (!tensor) throw new Error(name);
  const { shape, constant } = tensor;
  if (constant) return { shape, data: constant.read() };
  const feeds = Object.fromEntries(
    test.model.graph.inputs.map(({ name }, at) => [
      name,
      valuesOf(test.inputs[at]),
    ]),
  );
  if (graph.inputs.includes(name)) return { shape, data: feeds[name] };
  const [data] = await runOnGpu(session, graph, feeds);
  return { shape, data: data.subarray(0, elementCount(shape)) };
}

/** What a test comes to: right, or why not. */
async function outcome(session: Session, test: NodeTest): Promise<string> {
  const ways = [
    ({ type }: OnnxTensor) => type === onnxTypes.float,
    ({ type }: OnnxTensor, at: number) => type === onnxTypes.float && at === 0,
    () => false,
  ];
  let refusal = "";
  for (const isFed of ways) {
    try {
      const model = bound(test, isFed);
      const { shape, data } = await computed(session, test, model);
      return difference(test.output, shape, data);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      refusal ||= error.message;
    }
  }
  return `refused: ${refusal}`;
}

function difference(
  output: OnnxTensor,
  shape: readonly number[],
  data: ArrayLike<number>,
): string {
  if (shape.join() !== output.shape.join()) {
    return `WRONG: shape [${shape}], expected [${output.shape}]`;
  }
  const wanted = valuesOf(output);
  for (const [at, value] of wanted.entries()) {
    // ONNX's own bound: some of what it expects is written with four digits.
    const isNear = Object.is(data[at], value) ||
      Math.abs(data[at] - value) <= 1e-5 + 1e-3 * Math.abs(value);
    if (!isNear) return `WRONG: ${data[at]} at ${at}, expected ${value}`;
  }
  return "right";
}

const [folder, part = ""] = Deno.args;
const session = await openSession();
const counts = { right: 0, refused: 0, wrong: 0 };
for (
  const { name } of [...Deno.readDirSync(folder)].sort((a, b) =>
    a.name < b.name ? -1 : 1
  )
) {
  const test = name.includes(part) ? readTest(folder, name) : undefined;
  if (!test) continue;
  const text = await outcome(session, test);
  const kind = text === "right"
    ? "right"
    : text.startsWith("WRONG")
    ? "wrong"
    : "refused";
  counts[kind]++;
  if (kind !== "right") console.log(`${name}: ${text}`);
}
await session.close();
const all = counts.right + counts.refused + counts.wrong;
console.log(
  `${all} tests: ${counts.right} right (${
    (100 * counts.right / all).toFixed(1)
  } %), ${counts.refused} refused by name, ${counts.wrong} wrong`,
);
Deno.exit(counts.wrong === 0 ? 0 : 1);
