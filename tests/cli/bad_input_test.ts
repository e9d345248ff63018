import { deepStrictEqual, match, strictEqual } from "@std/assert";
import { encodeGraphDef } from "../../src/graph/graphdef.ts";
import { graphOf, node } from "../../src/graph/testing.ts";
import { pictureGraph, pictureNodes } from "../../src/features/testing.ts";
import { eventsOf } from "../../src/cli/testing.ts";
import { makePipe } from "../../src/bytes/temporary_folder_testing.ts";
import { checkRefusal, inSandbox, photos, picture } from "./_sandbox.ts";

/** The head of a PNG that claims 100,000 x 100,000 pixels. */
function hugePicture(): Uint8Array {
  const bytes = picture([0, 0, 0], 1);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint32(16, 100_000);
  view.setUint32(20, 100_000);
  return bytes;
}

Deno.test("train skips pictures that cannot be used, counts them, lists them, and goes on", async () => {
  const whole = picture([9, 9, 9], 77);
  const bad = {
    "photos/red/cut.png": whole.slice(0, whole.length / 2),
    "photos/red/empty.jpg": new Uint8Array(0),
    "photos/red/huge.png": hugePicture(),
    "photos/red/noise.jpg": new TextEncoder().encode("no picture at all"),
    "photos/red/phone.heic": new TextEncoder().encode(
      "\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    ),
  };
  await inSandbox({ ...photos(), ...bad }, async (sandbox) => {
    await Deno.symlink("nowhere", sandbox.path("photos/red/gone.png"));
    const result = await sandbox.train("run", "--json");
    strictEqual(result.code, 0, result.stderr);
    strictEqual(eventsOf(result).at(-1)?.skipped, 6);
    match(result.stderr, /warning: 6 files are left out; .*skipped\.csv/);
    const skipped = (await sandbox.text("run/skipped.csv")).trim().split("\n");
    strictEqual(skipped.shift(), "path,reason");
    const paths = skipped.map((line) => line.split(",")[0]).sort();
    deepStrictEqual(
      paths,
      ["cut.png", "empty.jpg", "gone.png", "huge.png", "noise.jpg"].map((
        name,
      ) => `red/${name}`).concat("red/phone.heic"),
    );
    const reasons = skipped.join("\n");
    match(reasons, /red\/empty\.jpg,0 bytes/);
    match(reasons, /red\/huge\.png,.*100000/);
    match(reasons, /red\/phone\.heic,.*HEIC/i);
    const split = await sandbox.text("run/split.csv");
    strictEqual(split.trim().split("\n").length, 1 + 16);
  });
});

Deno.test("train refuses a class of which no picture can be read", async () => {
  const bad = Object.fromEntries(
    [1, 2, 3, 4].map((number) => [`photos/zero/${number}.jpg`, `x${number}`]),
  );
  await inSandbox({ ...photos(), ...bad }, async (sandbox) => {
    checkRefusal(await sandbox.train("run"), {
      code: 1,
      message: /zero: none of its 4 files could be read; need at least 3/,
    });
  });
});

Deno.test("train keeps a picture of two classes in one, and one of two splits in the test", async () => {
  const twice = picture([50, 60, 70], 500);
  const files = {
    ...photos(),
    ...photos(undefined, { each: 1, folder: "held" }),
    "photos/red/twice.png": twice,
    "photos/blue moon/twice.png": twice,
  };
  await inSandbox(files, async (sandbox) => {
    const { code, stderr } = await sandbox.train(
      "run",
      ...["--test", sandbox.path("held")],
    );
    strictEqual(code, 0, stderr);
    match(stderr, /warning: .*in two classes, such as blue moon\/twice\.png/);
    match(stderr, /warning: .*in the test folder too/);
    const lines = (await sandbox.text("run/split.csv")).trim().split("\n");
    const digests = lines.slice(1).map((line) => line.split(",")[4]);
    strictEqual(new Set(digests).size, digests.length);
    match(await sandbox.text("run/skipped.csv"), /red\/twice\.png,/);
  });
});

Deno.test("train warns of classes out of balance", async () => {
  const files = {
    ...photos(["few"], { each: 3 }),
    ...photos(["few", "many"], { each: 3 }),
    ...photos(["x", "many"], { each: 19 }),
  };
  const kept = Object.entries(files).filter(([name]) => !name.includes("/x/"));
  await inSandbox(Object.fromEntries(kept), async (sandbox) => {
    const { code, stderr } = await sandbox.train("run");
    strictEqual(code, 0, stderr);
    match(stderr, /out of balance: many has 19 images, few 3/);
  });
});

const whole = pictureGraph();
const unknown = encodeGraphDef(
  graphOf(
    ...pictureNodes(),
    node("Frobnicate", "features", {
      inputs: ["resized"],
    }),
  ),
);
const quantized = encodeGraphDef(
  graphOf(
    ...pictureNodes(),
    node("QuantizedRelu", "features", {
      inputs: ["resized", "resized", "resized"],
    }),
  ),
);

for (
  const { fault, graph, message } of [
    { fault: "is empty", graph: "", message: /net\.pb" is empty/ },
    {
      fault: "is truncated",
      graph: whole.slice(0, whole.length - 40),
      message: /net\.pb" .*GraphDef/,
    },
    {
      fault: "is a web page",
      graph: "<!DOCTYPE html><html><body>404</body></html>",
      message: /net\.pb" .*(HTML|web page)/i,
    },
    {
      fault: "has an unknown op",
      graph: unknown,
      message: /"features" \(op "Frobnicate"\)/,
    },
    {
      fault: "is quantized",
      graph: quantized,
      message: /"features" \(op "QuantizedRelu"\).*(quanti|float)/i,
    },
  ] as const
) {
  Deno.test(`train refuses a model file that ${fault}`, async () => {
    await inSandbox({ ...photos(), "net.pb": graph }, async (sandbox) => {
      checkRefusal(await sandbox.train("run"), { code: 1, message });
    });
  });
}

Deno.test("train names the tensor that was meant", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const wrong = ["--bottleneck-tensor", "feature:0"];
    checkRefusal(await sandbox.train("run", ...wrong), {
      code: 1,
      message: /no tensor "feature:0"; did you mean "features/,
    });
  });
});

Deno.test("devices are refused, whatever is looked for in them", async () => {
  await inSandbox({}, async (sandbox) => {
    for (
      const [command, ...paths] of [
        ["inspect", "/dev/zero"],
        ["predict", "/dev/zero", "x.jpg"],
        ["train", "--resume", "/dev/zero"],
      ]
    ) {
      checkRefusal(await sandbox.task(command, paths), {
        code: 1,
        message: /^error: Cannot read "\/dev\/zero.* device.*; check the path$/,
      });
    }
  });
});

Deno.test("pipes are refused wherever a path is taken", async () => {
  await inSandbox(photos(), async (sandbox) => {
    const pipe = sandbox.path("pipe.pb");
    await makePipe(pipe);
    await sandbox.train("run");
    const message = /a pipe, a file is expected; check the path/;
    const net = sandbox.path("net.pb");
    const photos = sandbox.path("photos");
    const feed = ["--feed", `contents:0=${pipe}`];
    const calls: readonly (readonly [string, ...string[]])[] = [
      ["inspect", pipe],
      ["run", pipe, "--fetch", "x:0"],
      ["run", net, ...feed, "--fetch", "features:0"],
      ["run", net, "--fetch", "features:0", "--npy", pipe],
      ["extract", photos, "--model", net, "--npy", pipe],
      ["train", photos, "--model", pipe],
    ];
    for (const [name, ...args] of calls) {
      checkRefusal(await sandbox.run(name, ...args), { code: 1, message });
    }
    const { code, stderr } = await sandbox.run(
      "predict",
      sandbox.path("run"),
      pipe,
    );
    strictEqual(code, 1);
    match(stderr, /pipe\.pb is skipped: it is a pipe, a file is expected/);
  });
});
