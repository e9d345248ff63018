import { deepStrictEqual, match, strictEqual } from "@std/assert";
import { join } from "@std/path";
import { decodeNpy, encodeNpy, type NpyInput } from "../bytes/mod.ts";
import { placeholderGraph } from "../features/testing.ts";
import { encodeGraphDef } from "../graph/mod.ts";
import { graphOf, node, placeholder } from "../graph/testing.ts";
import { type CommandResult, eventsOf, runCommand } from "./testing.ts";
import { run } from "./run_graph.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

const relu = encodeGraphDef(
  graphOf(placeholder("x", [1, 2]), node("Relu", "y", { inputs: ["x"] })),
);

/** Runs `y = relu(x)` on an array, in a folder that holds `net.pb` and `x.npy`. */
async function runRelu(
  folder: string,
  x: NpyInput | string,
  args: readonly string[] = [],
): Promise<CommandResult> {
  const [graph, feed] = [join(folder, "net.pb"), join(folder, "x.npy")];
  await Deno.writeFile(graph, relu);
  if (typeof x === "string") await Deno.writeTextFile(feed, x);
  else await Deno.writeFile(feed, encodeNpy(x));
  return await runCommand(run, {
    args: [graph, "--feed", `x:0=${feed}`, "--fetch", "y:0", ...args],
    home: folder,
  });
}

const images = { shape: [2, 2], data: Float32Array.of(-1, 2, 3, -4) };

Deno.test("espalier run computes more images than the graph was frozen for", async () => {
  await using folder = await temporaryFolder();
  const path = folder.join("y.npy");
  const { code, stdout } = await runRelu(folder.path, images, ["--npy", path]);
  strictEqual(code, 0);
  strictEqual(
    stdout,
    `y:0  [2, 2]  0.000 to 3.00, mean 1.25  -> ${path}\n`,
  );
  const { shape, data } = decodeNpy(await Deno.readFile(path));
  deepStrictEqual([shape, [...data]], [[2, 2], [0, 2, 3, 0]]);
});

Deno.test("espalier run takes doubles and whole numbers", async () => {
  await using folder = await temporaryFolder();
  const path = folder.join("y.npy");
  for (
    const data of [
      Float64Array.of(-1.5, 2.5),
      BigInt64Array.of(-7n, 2n ** 24n),
      Uint8Array.of(0, 255),
    ]
  ) {
    const x = { shape: [1, 2], data };
    strictEqual((await runRelu(folder.path, x, ["--npy", path])).code, 0);
    const expected = [...data].map((value) => Math.max(0, Number(value)));
    deepStrictEqual([...decodeNpy(await Deno.readFile(path)).data], expected);
  }
});

Deno.test("espalier run refuses numbers that a float cannot hold", async () => {
  await using folder = await temporaryFolder();
  for (
    const data of [
      BigInt64Array.of(1n, 2n ** 24n + 1n),
      Float64Array.of(1, 1e300),
    ]
  ) {
    const { code, stderr } = await runRelu(folder.path, {
      shape: [1, 2],
      data,
    });
    strictEqual(code, 1);
    match(stderr, /x\.npy: value 1 is .* which a 32-bit float cannot hold/);
  }
});

Deno.test("espalier run fetches several tensors and tells their shapes with --json", async () => {
  await using folder = await temporaryFolder();
  const result = await runRelu(folder.path, images, [
    "--fetch",
    "x:0",
    "--json",
  ]);
  deepStrictEqual(eventsOf(result), [
    { event: "tensor", name: "y:0", shape: [2, 2] },
    { event: "tensor", name: "x:0", shape: [2, 2] },
  ]);
});

Deno.test("espalier run gives the same without passes", async () => {
  await using folder = await temporaryFolder();
  const [graph, feed] = [folder.join("net.pb"), folder.join("x.npy")];
  await Deno.writeFile(graph, placeholderGraph());
  const data = new Float32Array(192).map((_, index) => Math.sin(index));
  await Deno.writeFile(feed, encodeNpy({ shape: [1, 8, 8, 3], data }));
  const rows: number[][] = [];
  for (const flags of [[], ["--no-fold", "--without", "fuseBias"]]) {
    const path = folder.join("y.npy");
    const args = [graph, "--feed", `input:0=${feed}`, "--npy", path];
    await runCommand(run, {
      args: [...args, "--fetch", "features:0", ...flags],
      home: folder.path,
    });
    rows.push([...decodeNpy(await Deno.readFile(path)).data].map(Number));
  }
  rows[0].forEach((value, index) => {
    strictEqual(Math.abs(value - rows[1][index]) <= 1e-5, true);
  });
});

const refusals: readonly {
  readonly what: string;
  readonly x?: NpyInput | string;
  readonly args?: readonly string[];
  readonly code: number;
  readonly message: RegExp;
}[] = [
  {
    what: "an .npy that is none",
    x: "1,2",
    code: 1,
    message: /x\.npy: not a \.npy file/,
  },
  {
    what: "an .npy that is missing",
    args: ["--feed", "y:0=gone.npy"],
    code: 1,
    message: /Cannot read "gone\.npy": no such file/,
  },
  {
    what: "values of another shape",
    x: { shape: [1, 3], data: new Float32Array(3) },
    code: 1,
    message: /its shape is \[1, 2\], which \[1, 3\] does not fit/,
  },
  {
    what: "a feed without a name",
    args: ["--feed", "x.npy"],
    code: 2,
    message: /--feed takes NAME:0=X\.npy, got "x\.npy"/,
  },
  {
    what: "a pass that does not exist",
    args: ["--without", "foldBatchNrom"],
    code: 2,
    message:
      /--without takes .*got "foldBatchNrom"\. Did you mean foldBatchNorm/,
  },
  {
    what: "more files than tensors",
    args: ["--npy", "a.npy", "--npy", "b.npy"],
    code: 2,
    message: /--npy is given 2 times, --fetch 1 time:/,
  },
  {
    what: "a tensor that is not there",
    args: ["--fetch", "z:0"],
    code: 1,
    message: /no tensor "z:0"/,
  },
];

for (const { what, x = images, args = [], code, message } of refusals) {
  Deno.test(`espalier run refuses ${what}`, async () => {
    await using folder = await temporaryFolder();
    const result = await runRelu(folder.path, x, args);
    match(result.stderr, message);
    deepStrictEqual([result.code, result.stdout], [code, ""]);
  });
}

Deno.test("espalier run warns of NaN that it is fed with, and hides none", async () => {
  await using folder = await temporaryFolder();
  const path = folder.join("y.npy");
  const x = { shape: [2, 2], data: Float32Array.of(-1, NaN, Infinity, 3) };
  const result = await runRelu(folder.path, x, ["--npy", path]);
  strictEqual(result.code, 0);
  match(result.stderr, /warning: x:0 is fed with 1 NaN and 1 infinite; /);
  strictEqual(
    result.stdout,
    `y:0  [2, 2]  0.000 to 3.00, mean 1.50, 1 NaN and 1 infinite  -> ${path}\n`,
  );
  const { data } = decodeNpy(await Deno.readFile(path));
  deepStrictEqual([...data], [0, NaN, Infinity, 3]);
});

Deno.test("espalier run takes a model's name, and says how to bring it", async () => {
  await using folder = await temporaryFolder();
  const call = (graph: string) =>
    runCommand(run, {
      args: [graph, "--fetch", "features:0"],
      home: folder.path,
    });
  const absent = await call("efficientnet-lite0");
  strictEqual(absent.code, 2);
  match(absent.stderr, /run "\.\/espalier fetch efficientnet-lite0"/);
  match((await call("resnet50")).stderr, /Did you mean resnet-50\?/);
});
