import { silentWatcher } from "../watcher.ts";
import { deepStrictEqual, rejects, strictEqual } from "@std/assert";
import fc from "fast-check";
import {
  assertAllClose,
  testSession,
  testValues,
} from "../../kernels/testing.ts";
import { decodeGraphDef, type GraphDef, importGraph } from "../graph/mod.ts";
import {
  constantNode,
  floatConstant,
  graphOf,
  intConstant,
  node,
  placeholder,
} from "../graph/testing.ts";
import { dataTypes } from "../graph/graphdef.ts";
import { runOnCpu } from "../plan/testing.ts";
import type { FedTensor, RunGraphOptions, TensorValue } from "./run_graph.ts";
import { runGraph } from "./run_graph.ts";
import { pictureGraph, placeholderGraph } from "./testing.ts";

function fed(shape: readonly number[], seed = 1): FedTensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return { shape, data: testValues(count, seed) };
}

async function run(
  graphDef: GraphDef,
  feeds: Readonly<Record<string, FedTensor>>,
  fetches: readonly string[],
  options: Partial<RunGraphOptions> = {},
): Promise<TensorValue[]> {
  return await runGraph(await testSession(), graphDef, {
    feeds: new Map(Object.entries(feeds)),
    fetches,
    ...options,
  });
}

const features = decodeGraphDef(placeholderGraph());

Deno.test("runGraph() gives every image of a batch what the references compute", async () => {
  const x = fed([5, 8, 8, 3]);
  const [y] = await run(features, { "input:0": x }, ["features:0"], {
    batch: 2,
  });
  deepStrictEqual(y.shape, [5, 5]);
  const graph = importGraph(features, {
    outputs: ["features"],
    inputs: { input: [1, 8, 8, 3] },
  });
  const expected = Array.from({ length: 5 }, (_, image) => {
    const input = x.data.slice(image * 192, (image + 1) * 192);
    return [...runOnCpu(graph, { input })[0]];
  });
  assertAllClose(y.data, expected.flat());
});

Deno.test("runGraph() computes an image to the same bytes in any batch", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 8 }),
      async (images, batch) => {
        const x = fed([images, 8, 8, 3], images);
        const [[one], [other]] = [
          await run(features, { input: x }, ["features"], { batch: 1 }),
          await run(features, { input: x }, ["features"], { batch }),
        ];
        deepStrictEqual(one, other);
      },
    ),
    { numRuns: 10 },
  );
});

Deno.test("runGraph() reports images as they are done", async () => {
  const seen: (number | undefined)[] = [];
  await run(features, { input: fed([3, 8, 8, 3]) }, ["features"], {
    batch: 2,
    watcher: {
      progress(options) {
        seen.push(options.total);
        const update = (done: number) => seen.push(done);
        return { ...silentWatcher.progress(options), update };
      },
    },
  });
  deepStrictEqual(seen, [3, 2, 3]);
});

Deno.test("runGraph() takes a tensor inside of the graph, for many images too", async () => {
  const graphDef = decodeGraphDef(pictureGraph());
  const x = fed([3, 8, 8, 3]);
  const [y] = await run(graphDef, { "resized:0": x }, ["features:0"]);
  deepStrictEqual(y.shape, [3, 5]);
  const [decoded] = await run(
    graphDef,
    { "decoded:0": { shape: [8, 8, 3], data: x.data.slice(0, 192) } },
    ["features:0"],
  );
  assertAllClose(decoded.data, y.data.slice(0, 5));
});

const arithmetic = graphOf(
  placeholder("x", [-1, 2]),
  placeholder("y", [-1, 2]),
  placeholder("scale", []),
  node("Add", "sum", { inputs: ["x", "y"] }),
  node("Mul", "scaled", { inputs: ["sum", "scale"] }),
  floatConstant("constant", [1, 2, 3]),
  node("Shape", "shape", { inputs: ["x"] }),
);

Deno.test("runGraph() takes several feeds, and one number for all images", async () => {
  const x = { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) };
  const y = { shape: [2, 2], data: Float32Array.of(10, 20, 30, 40) };
  const row = { shape: [1, 2], data: Float32Array.of(100, 200) };
  const scale = { shape: [], data: Float32Array.of(0.5) };
  const [scaled, sum] = await run(
    arithmetic,
    { x, y, scale },
    ["scaled", "sum"],
  );
  deepStrictEqual([...scaled.data], [5.5, 11, 16.5, 22]);
  deepStrictEqual([...sum.data], [11, 22, 33, 44]);
  const [broadcast] = await run(arithmetic, { x, y: row }, ["sum"]);
  deepStrictEqual([...broadcast.data], [101, 202, 103, 204]);
});

Deno.test("runGraph() gives constants and feeds as they are", async () => {
  const x = { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) };
  deepStrictEqual(await run(arithmetic, { x }, ["x:0", "constant:0"]), [
    x,
    { shape: [3], data: Float32Array.of(1, 2, 3) },
  ]);
});

Deno.test("runGraph() ignores a feed that the fetches do not need", async () => {
  const feeds = { scale: { shape: [], data: Float32Array.of(1) } };
  const [constant] = await run(arithmetic, feeds, ["constant"]);
  strictEqual(constant.data.length, 3);
});

const refusals: readonly {
  readonly what: string;
  readonly feeds: Readonly<Record<string, FedTensor>>;
  readonly fetch: string;
  readonly message: RegExp;
}[] = [
  {
    what: "a feed that is missing",
    feeds: { x: fed([1, 2]) },
    fetch: "sum",
    message:
      /Input "y" of shape \[\?, 2\] is not fed: add --feed y:0=FILE\.npy/,
  },
  {
    what: "a feed of another shape",
    feeds: { x: fed([1, 3]), y: fed([1, 2]) },
    fetch: "sum",
    message: /its shape is \[\?, 2\], which \[1, 3\] does not fit/,
  },
  {
    what: "a feed of another rank",
    feeds: { x: fed([2]), y: fed([1, 2]) },
    fetch: "sum",
    message: /its shape is \[\?, 2\], which \[2\] does not fit/,
  },
  {
    what: "feeds that disagree on the number of images",
    feeds: { x: fed([4, 2]), y: fed([3, 2]) },
    fetch: "sum",
    message: /"x" is fed with 4 images, "y" with 3/,
  },
  {
    what: "a tensor that is fed twice",
    feeds: { x: fed([1, 2]), "x:0": fed([1, 2]) },
    fetch: "x",
    message: /"x:0" is fed twice/,
  },
  {
    what: "a name of a fetch that is not there",
    feeds: { x: fed([1, 2]), y: fed([1, 2]) },
    fetch: "summ:0",
    message: /no tensor "summ:0"; did you mean "sum"/,
  },
  {
    what: "a name of a feed that is not there",
    feeds: { x: fed([1, 2]), y: fed([1, 2]), scales: fed([]) },
    fetch: "sum",
    message: /no tensor "scales"; did you mean "scale"/,
  },
];

for (const { what, feeds, fetch, message } of refusals) {
  Deno.test(`runGraph() refuses ${what}`, async () => {
    await rejects(run(arithmetic, feeds, [fetch]), message);
  });
}

Deno.test("runGraph() refuses a feed that is no whole number of batches", async () => {
  const graphDef = graphOf(
    placeholder("x", [2, 3]),
    node("Relu", "y", { inputs: ["x"] }),
  );
  await rejects(
    run(graphDef, { x: fed([3, 3]) }, ["y"]),
    /takes \[2, 3\], got 3 in its first dimension: feed a multiple of 2/,
  );
  const [y] = await run(graphDef, { x: fed([4, 3]) }, ["y"]);
  deepStrictEqual(y.shape, [4, 3]);
});

Deno.test("runGraph() refuses an array where a picture's file is wanted", async () => {
  const graphDef = decodeGraphDef(pictureGraph());
  for (const feeds of [{}, { "contents:0": fed([4]) }]) {
    await rejects(
      run(graphDef, feeds, ["features:0"]),
      /"contents" takes the bytes of a picture.*feed resized:0 instead/,
    );
  }
});

Deno.test("runGraph() refuses a batch where the graph puts something beside its images", async () => {
  const graphDef = graphOf(
    placeholder("x", [1, 2, 2, 3]),
    constantNode("widths", [4, 2], Int32Array.of(0, 1, 0, 0, 0, 0, 0, 0)),
    node("Pad", "more", { inputs: ["x", "widths"] }),
  );
  await rejects(
    run(graphDef, { x: fed([2, 2, 2, 3]) }, ["more"], { batch: 1 }),
    /Cannot run node "more"/,
  );
});

Deno.test("runGraph() refuses what a node of TensorFlow's that checks for it refuses", async () => {
  const graphDef = graphOf(
    placeholder("x", [1, 2]),
    node("CheckNumerics", "checked", { inputs: ["x"] }),
    node("Relu", "y", { inputs: ["checked"] }),
  );
  const feeds = (...data: number[]) => ({
    "x:0": { shape: [1, 2], data: Float32Array.from(data) },
  });
  const [y] = await run(graphDef, feeds(-1, 2), ["y:0"]);
  deepStrictEqual(y.data, Float32Array.of(0, 2));
  await rejects(
    run(graphDef, feeds(NaN, Infinity), ["y:0"]),
    /Node "checked" \(CheckNumerics\) refuses 1 NaN and 1 infinite of 2 values/,
  );
});

Deno.test("runGraph() takes single values that decide what the graph is, and feeds of an input that has a default", async () => {
  const graphDef = graphOf(
    placeholder("x", [-1, 2]),
    node("Const", "no", {
      attributes: {
        value: {
          kind: "tensor",
          value: {
            dtype: dataTypes.bool,
            shape: [],
            content: new Uint8Array(),
            values: [0],
            strings: [],
          },
        },
      },
    }),
    node("PlaceholderWithDefault", "training", {
      inputs: ["no"],
      attributes: { dtype: { kind: "type", value: dataTypes.bool } },
    }),
    node("Switch", "branch", { inputs: ["x", "training"] }),
    node("Neg", "used", { inputs: ["branch"] }),
    node("Square", "trained", { inputs: ["branch:1"] }),
    node("Merge", "y", { inputs: ["used", "trained"] }),
  );
  const x = { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) };
  const [used] = await run(graphDef, { x }, ["y"]);
  deepStrictEqual([...used.data], [-1, -2, -3, -4]);
  const training = { shape: [], data: Float32Array.of(1) };
  const feeds = { x, "training:0": training };
  const [trained] = await run(graphDef, feeds, ["y"]);
  deepStrictEqual([...trained.data], [1, 4, 9, 16]);
  const [branch] = await run(graphDef, feeds, ["branch:1"]);
  deepStrictEqual([...branch.data], [1, 2, 3, 4]);
});

Deno.test("runGraph() takes a batch as a whole where a graph counts its images, or tells them apart", async () => {
  const graphDef = graphOf(
    placeholder("x", [-1, 2]),
    node("Shape", "shape", { inputs: ["x"] }),
    intConstant("zero", [0]),
    intConstant("one", [1]),
    node("StridedSlice", "count", {
      inputs: ["shape", "zero", "one", "one"],
      attributes: { shrink_axis_mask: { kind: "int", value: 1 } },
    }),
    node("Cast", "number", {
      inputs: ["count"],
      attributes: { DstT: { kind: "type", value: dataTypes.float } },
    }),
    node("Mul", "times", { inputs: ["x", "number"] }),
    node("StridedSlice", "second", {
      inputs: ["x", "one", "zero", "one"],
      attributes: { end_mask: { kind: "int", value: 1 } },
    }),
    node("Sum", "sum", { inputs: ["x", "zero"] }),
    node("Relu", "relu", { inputs: ["x"] }),
  );
  const x = { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) };
  const fetches = ["shape", "times", "second", "sum", "relu"];
  const values = await run(graphDef, { x }, fetches, { batch: 1 });
  deepStrictEqual(values.map(({ shape, data }) => [shape, [...data]]), [
    [[2], [2, 2]],
    [[2, 2], [2, 4, 6, 8]],
    [[1, 2], [3, 4]],
    [[2], [4, 6]],
    [[2, 2], [1, 2, 3, 4]],
  ]);
});

Deno.test("runGraph() refuses the batch as a value where the graph is made for one image", async () => {
  const graphDef = graphOf(
    placeholder("x", [1, 2]),
    node("Shape", "shape", { inputs: ["x"] }),
  );
  const x = { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) };
  await rejects(
    run(graphDef, { x }, ["shape:0"]),
    /"shape:0" is worked out from the batch/,
  );
});

Deno.test("runGraph() asks for no input of a branch that is not taken, and says how a single value is given", async () => {
  const training = node("Placeholder", "training", {
    attributes: { dtype: { kind: "type", value: dataTypes.bool } },
  });
  const graphDef = graphOf(
    placeholder("x", [-1, 2]),
    training,
    placeholder("noise", [-1, 2]),
    placeholder("scale", []),
    node("Switch", "branch", { inputs: ["x", "training"] }),
    node("Mul", "used", { inputs: ["branch", "scale"] }),
    node("Add", "trained", { inputs: ["branch:1", "noise"] }),
    node("Merge", "y", { inputs: ["used", "trained"] }),
  );
  const x = { shape: [1, 2], data: Float32Array.of(1, 2) };
  const no = { shape: [1], data: Float32Array.of(0) };
  const scale = { shape: [], data: Float32Array.of(3) };
  const [y] = await run(graphDef, { x, training: no, scale }, ["y"]);
  deepStrictEqual([...y.data], [3, 6]);
  await rejects(
    run(graphDef, { x, training: no }, ["y"]),
    /"scale" of shape \[\] is not fed: add --set scale=NUMBER or --feed scale:0/,
  );
  await rejects(
    run(graphDef, { x, scale }, ["y"]),
    /decided by "training".*--set training=false/,
  );
});
