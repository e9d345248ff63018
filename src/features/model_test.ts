import { deepStrictEqual, match, ok, strictEqual, throws } from "@std/assert";
import { assertAllClose, testValues } from "../../kernels/testing.ts";
import { UsageError } from "../errors.ts";
import {
  appendNodes,
  finalResult,
  probabilityNodes,
  rowNodes,
} from "../graph/classifier_nodes.ts";
import { dataTypes, encodeGraphDef } from "../graph/graphdef.ts";
import { halveConstants } from "../graph/halve_constants.ts";
import {
  graphOf,
  intConstant,
  node,
  placeholder,
  refusalOf,
} from "../graph/testing.ts";
import { opsOf } from "../passes/testing.ts";
import { runOnCpu } from "../plan/testing.ts";
import { inspectGraph } from "./describe_model.ts";
import { type FeatureModel, openModel } from "./model.ts";
import { channelOrders, type ModelOptions } from "./preprocessing.ts";
import { featureNodes, pictureGraph, placeholderGraph } from "./testing.ts";

/** The message of the `UsageError` of opening a graph. */
function usageError(bytes: Uint8Array, options?: ModelOptions): string {
  let message = "";
  throws(() => openModel(bytes, options), (error: Error) => {
    message = error.message;
    return error instanceof UsageError;
  });
  return message;
}

Deno.test("openModel() takes preprocessing from a graph that decodes its pictures", () => {
  const model = openModel(pictureGraph());
  deepStrictEqual(model.preprocessing, { kind: "in-graph" });
  strictEqual(model.inputTensor, "contents:0");
  strictEqual(model.bottleneckTensor, "features");
  strictEqual(model.width, 5);
  deepStrictEqual(model.resize, {
    height: 8,
    width: 8,
    alignCorners: false,
    halfPixelCenters: false,
    dctMethod: "INTEGER_ACCURATE",
  });
  deepStrictEqual(model.graph.inputs, ["resized"]);
});

Deno.test("openModel() makes the same features of a graph that was exported with Pillow's resampling, also at half its size", () => {
  const options = {
    mean: [1, 2, 3],
    std: 50,
    channelOrder: "bgr",
    resampling: { filter: "bicubic", shorterSide: 9 },
  } as const;
  const model = openModel(placeholderGraph(), options);
  const { bottleneckTensor: bottleneck, resize, inputTensor: input } = model;
  const pixels = testValues(8 * 8 * 3);
  const featuresOf = ({ graph }: FeatureModel) =>
    runOnCpu(graph, { [graph.inputs[0]]: pixels });
  for (const kind of ["softmax", "sigmoid"] as const) {
    const whole = appendNodes(model.graphDef, {
      ...{ bottleneck, dctMethod: resize.dctMethod },
      preprocessing: { ...resize, ...options, isBgr: true, input },
      nodesAfter: (features) => [
        ...rowNodes(features, { features: 5, scaleRows: true }),
        ...probabilityNodes(features, { name: finalResult, kind }),
      ],
    });
    deepStrictEqual(
      featuresOf(openModel(whole, { bottleneckTensor: bottleneck })),
      featuresOf(model),
    );
    for (const graphDef of [whole, halveConstants(whole).graphDef]) {
      const again = openModel(encodeGraphDef(graphDef));
      deepStrictEqual(again.resize, resize);
      deepStrictEqual(again.preprocessing, { kind: "in-graph" });
      deepStrictEqual(inspectGraph(graphDef).unsupported, []);
    }
  }
});

Deno.test("openModel() tells what it has chosen for the user", () => {
  const { notes } = openModel(pictureGraph());
  deepStrictEqual(notes, [
    'features are taken from "features"; choose others with --bottleneck-tensor',
  ]);
  const told = openModel(pictureGraph(), { bottleneckTensor: "features:0" });
  deepStrictEqual(told.notes, []);
});

Deno.test("openModel() decodes JPEGs as the graph asks, as TensorFlow does where it does not, and as it is told", () => {
  const opened = (dctMethod: string, told = {}) => {
    const { preprocessing, resize } = openModel(
      pictureGraph({ dctMethod }),
      told,
    );
    return [preprocessing, resize.dctMethod];
  };
  const accurate = [{ kind: "in-graph" }, "INTEGER_ACCURATE"];
  const fast = [
    { kind: "in-graph", dctMethod: "INTEGER_FAST" },
    "INTEGER_FAST",
  ];
  deepStrictEqual(opened("INTEGER_ACCURATE"), accurate);
  deepStrictEqual(opened("INTEGER_FAST"), fast);
  deepStrictEqual(opened(""), fast);
  deepStrictEqual(opened("", { dctMethod: "INTEGER_ACCURATE" }), accurate);
});

Deno.test("openModel() puts (pixel - mean) / std before a placeholder", () => {
  const options = { mean: 100, std: 50 };
  const model = openModel(placeholderGraph(), options);
  deepStrictEqual(
    model.preprocessing,
    { kind: "resize", size: 8, mean: 100, std: 50 },
  );
  deepStrictEqual(opsOf(model.graph).slice(0, 2), ["binary", "binary"]);
  const pixels = testValues(8 * 8 * 3).map((value) => 128 + 100 * value);
  const plain = openModel(placeholderGraph(), { mean: 0, std: 1 });
  const [fed] = runOnCpu(plain.graph, {
    [plain.graph.inputs[0]]: pixels.map((value) => (value - 100) / 50),
  });
  const [features] = runOnCpu(model.graph, { [model.graph.inputs[0]]: pixels });
  assertAllClose(features, fed, { absolute: 1e-5 });
});

Deno.test("openModel() scales each channel by itself, in the graph's order", () => {
  const [mean, std] = [[10, 20, 30], [40, 50, 60]];
  const plain = openModel(placeholderGraph(), { mean: 0, std: 1 });
  const pixels = testValues(8 * 8 * 3).map((value) => 128 + 100 * value);
  for (const channelOrder of channelOrders) {
    const options = { mean, std, channelOrder };
    const { graph, preprocessing } = openModel(placeholderGraph(), options);
    const isSwapped = channelOrder === "bgr";
    deepStrictEqual(preprocessing, {
      kind: "resize",
      size: 8,
      mean,
      std,
      ...isSwapped && { channelOrder },
    });
    const fed = pixels.map((_, at) => {
      const channel = at % 3;
      const from = isSwapped ? at + 2 - 2 * channel : at;
      return (pixels[from] - mean[channel]) / std[channel];
    });
    const [expected] = runOnCpu(plain.graph, { [plain.graph.inputs[0]]: fed });
    const [features] = runOnCpu(graph, { [graph.inputs[0]]: pixels });
    assertAllClose(features, expected, { absolute: 1e-5 });
  }
});

Deno.test("openModel() takes one number for all channels or three", () => {
  const { preprocessing } = openModel(placeholderGraph(), {
    mean: [1],
    std: [2],
  });
  deepStrictEqual(preprocessing, { kind: "resize", size: 8, mean: 1, std: 2 });
  strictEqual(
    usageError(placeholderGraph(), { mean: [1, 2] }),
    "--mean takes one number or 3, one a channel, got 1,2",
  );
});

Deno.test("openModel() resizes pictures as --interpolation, --crop-mode and --crop-pct say", () => {
  const resamplingOf = (options: ModelOptions) => {
    const { resize } = openModel(placeholderGraph(), options);
    return resize.resampling;
  };
  const crop = { filter: "bilinear", shorterSide: 10 } as const;
  const cases = [
    [{}, undefined],
    [{ interpolation: "bicubic" }, { filter: "bicubic" }],
    // timm's share; 8 / 0.875 is 9.1.
    [{ interpolation: "bicubic", cropMode: "center" }, {
      ...{ filter: "bicubic", shorterSide: 9 },
    }],
    [{ interpolation: "bilinear", cropPct: 0.5 }, {
      ...{ filter: "bilinear", shorterSide: 16 },
    }],
    [{ resampling: crop, interpolation: "bicubic" }, {
      ...crop,
      filter: "bicubic",
    }],
    [{ resampling: crop, cropMode: "center" }, crop],
    [{ resampling: crop, cropMode: "squash" }, { filter: "bilinear" }],
    [{ resampling: crop, interpolation: "tensorflow" }, undefined],
  ] as const;
  for (const [options, resampling] of cases) {
    deepStrictEqual(resamplingOf(options), resampling);
  }
  const refusals = [
    [{ cropPct: 0.9 }, /--crop-pct .+add --interpolation/],
    [{ cropMode: "squash" }, /--crop-mode .+add --interpolation/],
    [{ cropMode: "squash", cropPct: 0.9, resampling: crop }, /leave one/],
    [{ cropPct: 0.0001, resampling: crop }, /80000.+--crop-pct/],
  ] as const;
  for (const [options, message] of refusals) {
    match(refusalOf(() => resamplingOf(options)), message);
  }
  for (
    const options of [{ interpolation: "bicubic" }, { cropPct: 1 }] as const
  ) {
    match(
      refusalOf(() => openModel(pictureGraph(), options)),
      /^--(interpolation|crop-pct) is for graphs that take pixels/,
    );
  }
});

Deno.test("openModel() says how it scales pixels where nobody did", () => {
  const { notes, preprocessing } = openModel(placeholderGraph(), { mean: 0 });
  match(notes[0], /pixels become \(pixel - 0\) \/ 127\.5; change it with/);
  deepStrictEqual(
    preprocessing,
    { kind: "resize", size: 8, mean: 0, std: 127.5 },
  );
  const said = openModel(placeholderGraph(), { mean: 0, std: 255 });
  ok(said.notes.every((note) => !note.includes("--mean")));
});

Deno.test("openModel() replaces no placeholder that is named like its own pixels", () => {
  for (const name of ["pixels", "pixels_mean"]) {
    const { graph } = openModel(placeholderGraph({ name }));
    const [input] = graph.inputs;
    ok(input !== name);
    const feeds = { [input]: testValues(8 * 8 * 3) };
    ok(runOnCpu(graph, feeds)[0].every(Number.isFinite));
  }
});

Deno.test("openModel() asks for the size of pictures that the graph leaves open", () => {
  const open = placeholderGraph({ shape: [-1, -1, -1, 3] });
  match(
    usageError(open),
    /^Input "input:0" does not say how large its pictures are: give --input-size$/,
  );
  strictEqual(openModel(open, { inputSize: 8 }).resize.width, 8);
});

Deno.test("openModel() takes pictures of another size where every layer does", () => {
  const bytes = placeholderGraph({ shape: [1, 8, 8, 3] });
  const options = { bottleneckTensor: "mean", mean: 0, std: 1 };
  const anySize = encodeGraphDef(graphOf(
    placeholder("input", [1, 8, 8, 3]),
    ...featureNodes("input"),
    intConstant("space", [1, 2]),
    node("Mean", "mean", { inputs: ["relu", "space"] }),
  ));
  const model = openModel(anySize, { ...options, inputSize: 12 });
  deepStrictEqual(model.preprocessing, {
    kind: "resize",
    size: 12,
    mean: 0,
    std: 1,
  });
  strictEqual(model.width, 5);
  const [features] = runOnCpu(model.graph, {
    [model.graph.inputs[0]]: testValues(12 * 12 * 3),
  });
  strictEqual(features.length, 5);
  match(
    refusalOf(() => openModel(bytes, { inputSize: 12 })),
    /^Cannot import node "features" \(op "Reshape"\): .*frozen for pictures of 8x8: use --input-size 8/,
  );
});

Deno.test("openModel() asks which of several placeholders is for pictures", () => {
  const bytes = encodeGraphDef(graphOf(
    placeholder("left", [-1, 8, 8, 3]),
    placeholder("right", [-1, 8, 8, 3]),
    ...featureNodes("left"),
  ));
  match(usageError(bytes), /2 placeholders \(left, right\): .*--input-tensor/);
  strictEqual(openModel(bytes, { inputTensor: "left" }).width, 5);
});

Deno.test("openModel() passes over leftovers of training beside the pictures", () => {
  const bytes = encodeGraphDef(graphOf(
    node("Placeholder", "is_training", {
      attributes: { dtype: { kind: "type", value: dataTypes.bool } },
    }),
    placeholder("input", [-1, 8, 8, 3]),
    ...featureNodes("input"),
  ));
  strictEqual(openModel(bytes).inputTensor, "input:0");
});

Deno.test("openModel() is told by a setting which branch the features are of, and which of its inputs takes pictures", () => {
  const training = node("Placeholder", "training", {
    attributes: { dtype: { kind: "type", value: dataTypes.bool } },
  });
  const bytes = encodeGraphDef(graphOf(
    placeholder("x", [1, 8, 8, 3]),
    training,
    ...featureNodes("x"),
    node("Switch", "branch", { inputs: ["features", "training"] }),
    node("LRN", "trained", { inputs: ["branch:1"] }),
    node("Relu", "used", { inputs: ["branch"] }),
    node("Merge", "y", { inputs: ["used", "trained"] }),
  ));
  const set = ["training=false"];
  const model = openModel(bytes, { set, bottleneckTensor: "y:0" });
  strictEqual(model.inputTensor, "x:0");
  deepStrictEqual(model.set, set);
  match(
    refusalOf(() => openModel(bytes, { bottleneckTensor: "y:0" })),
    /--set training=false/,
  );
});

Deno.test("openModel() refuses features that need more than pictures", () => {
  const bytes = encodeGraphDef(graphOf(
    placeholder("input", [-1, 8, 8, 3]),
    placeholder("keep", [1, 5]),
    ...featureNodes("input"),
    node("Mul", "dropped", { inputs: ["features", "keep"] }),
  ));
  match(
    usageError(bytes, { bottleneckTensor: "dropped" }),
    /^Tensor "dropped" needs "keep" beside the pictures in "input:0": give it by --set keep=VALUE, or choose/,
  );
});

Deno.test("openModel() refuses a bottleneck that is no vector, with its shape", () => {
  strictEqual(
    usageError(pictureGraph(), { bottleneckTensor: "relu:0" }),
    'Tensor "relu:0" has shape [1, 8, 8, 5] for one picture, expected one vector: choose another --bottleneck-tensor',
  );
});

Deno.test("openModel() refuses features that do not depend on the pictures", () => {
  for (const bytes of [pictureGraph(), placeholderGraph()]) {
    match(
      refusalOf(() => openModel(bytes, { bottleneckTensor: "bias" })),
      /do not depend on the pictures in "contents:0"|"input" does not lead to output "bias"/,
    );
  }
});

Deno.test("openModel() asks for a tensor to feed where there is no placeholder", () => {
  const nodes = featureNodes("images").map((one) =>
    one.name === "conv" ? { ...one, inputs: ["filter", "filter"] } : one
  );
  match(usageError(encodeGraphDef(graphOf(...nodes))), /--input-tensor$/);
});

Deno.test("openModel() refuses graphs that take no RGB pictures, by what they take", () => {
  for (
    const [shape, says] of [
      [[-1, 28, 28, 1], "takes grey pictures (1 channel), and espalier feeds"],
      [[-1, 1, 28, 28], "takes grey pictures (1 channel), and espalier feeds"],
      [[-1, 64, 64, 4], "takes pictures of 4 channels, and espalier feeds RGB"],
      [[-1, 3, 224, 224], "takes pictures with their channels first (NCHW)"],
      [[-1, 784], "takes [?, 784], and pictures are [?, height, width, 3]"],
    ] as const
  ) {
    const bytes = placeholderGraph({ shape });
    for (const options of [{}, { inputSize: 32 }]) {
      const refusal = refusalOf(() => openModel(bytes, options));
      strictEqual(refusal.includes(says), true, refusal);
    }
  }
});
