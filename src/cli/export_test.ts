import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import { architectureOf } from "../../models/architectures.ts";
import { seededFile, seededWeightFile } from "../../models/testing.ts";
import { checkRefusal, inSandbox, photos } from "../../tests/cli/_sandbox.ts";
import { openModel } from "../features/mod.ts";
import { pictureGraph, placeholderGraph } from "../features/testing.ts";
import { decodeGraphDef } from "../graph/mod.ts";
import { exportGraphDef, openRun } from "../run/mod.ts";
import { eventsOf } from "./testing.ts";

Deno.test("export writes a graph from the bytes of a JPEG to final_result, and its labels", async () => {
  await inSandbox(photos(), async (sandbox) => {
    strictEqual((await sandbox.train("run")).code, 0);
    const out = ["--to", "graphdef", "--out", sandbox.path("a/b")];
    const { code, stderr } = await sandbox.run(
      "export",
      ...[sandbox.path("run"), ...out],
    );
    strictEqual(code, 0, stderr);
    const { nodes } = decodeGraphDef(
      await sandbox.bytes("a/b/retrained_graph.pb"),
    );
    const result = nodes.find(({ name }) => name === "final_result");
    strictEqual(result?.op, "Softmax");
    strictEqual(await sandbox.text("a/b/labels.txt"), "blue moon\nred\n");
  });
});

Deno.test("export says how many training photos EXIF turned and how many are no JPEG, from what the run knows", async () => {
  const fixture = (name: string) =>
    Deno.readFileSync(
      new URL(`../../tests/fixtures/images/${name}`, import.meta.url),
    );
  const files = {
    ...photos(),
    "photos/red/turned.jpg": fixture("exif_6.jpg"),
    "photos/red/upright.jpg": fixture("exif_1.jpg"),
    "photos/red/turned.webp": fixture("exif_6.webp"),
  };
  await inSandbox(files, async (sandbox) => {
    for (const [name, ...flags] of [["turned"], ["stored", "--no-exif"]]) {
      const { code, stderr } = await sandbox.train(name, ...flags);
      strictEqual(code, 0, stderr);
    }
    const split = await sandbox.text("turned/split.csv");
    const isTrained = (name: string) => split.includes(`/${name},red,train,`);
    // So that the numbers below are those of the training photos.
    ok(isTrained("turned.webp") || isTrained("turned.jpg"), split);
    const trained = split.match(/,train,/g)?.length ?? 0;
    const turned = ["turned.jpg", "turned.webp"].filter(isTrained).length;
    const exported = async (name: string) => {
      const args = [sandbox.path(name), "--out", sandbox.path("out")];
      const [event] = eventsOf(await sandbox.run("export", ...args, "--json"));
      const { stderr } = await sandbox.run("export", ...args);
      return { pictures: Object(event.pictures), stderr };
    };
    const run = await exported("turned");
    strictEqual(run.pictures.count, trained);
    strictEqual(run.pictures.turned, turned);
    match(
      run.stderr,
      new RegExp(
        `warning: this run turns photos .*\\(${turned} of ${trained} training photos w.*--no-exif`,
      ),
    );
    match(run.stderr, /warning: the exported graph takes JPEG, and \d+ PNG/);
    const stored = await exported("stored");
    strictEqual(stored.pictures.turned, 0);
    deepStrictEqual(stored.stderr.includes("by EXIF"), false);
  });
});

Deno.test("export prepends a decoder and a resize to a graph that starts at a placeholder", async () => {
  const files = { ...photos(), "net.pb": placeholderGraph() };
  await inSandbox(files, async (sandbox) => {
    strictEqual((await sandbox.train("run")).code, 0);
    const args = [sandbox.path("run"), "--out", sandbox.path("out")];
    strictEqual((await sandbox.run("export", ...args)).code, 0);
    const { nodes } = decodeGraphDef(
      await sandbox.bytes("out/retrained_graph.pb"),
    );
    const ops = nodes.map(({ op }) => op);
    for (const op of ["DecodeJpeg", "Cast", "ResizeBilinear", "Sub", "Mul"]) {
      ok(ops.includes(op), op);
    }
    ok(nodes.some(({ name }) => name === "DecodeJpeg/contents"));
  });
});

Deno.test("exportGraphDef() resamples pictures as the run's model does", async () => {
  const files = { ...photos(), "net.pb": placeholderGraph() };
  await inSandbox(files, async (sandbox) => {
    strictEqual((await sandbox.train("run")).code, 0);
    const resampling = { filter: "bicubic" } as const;
    const model = {
      ...{ name: "net", path: sandbox.path("net.pb"), sha256: "ab" },
      model: openModel(placeholderGraph(), { resampling }),
    };
    const run = await openRun(sandbox.path("run"));
    await exportGraphDef(run, { model, out: sandbox.path("out") });
    const { nodes } = decodeGraphDef(
      await sandbox.bytes("out/retrained_graph.pb"),
    );
    ok(nodes.some(({ name }) => name === "preprocessing/Resample"));
    ok(!nodes.some(({ op }) => op === "ResizeBilinear"));
  });
});

Deno.test("export of a run from text files asks for their model, and checks its width", async () => {
  const files: Record<string, string> = {};
  for (const label of ["left", "right"]) {
    for (let number = 0; number < 5; number++) {
      files[`texts/${label}/${number}.txt`] = `${number},1,2,3,${label.length}`;
      files[`narrow/${label}/${number}.txt`] = `${number},${label.length}`;
    }
  }
  await inSandbox(files, async (sandbox) => {
    for (const name of ["texts", "narrow"]) {
      const { code, stderr } = await sandbox.run(
        "train",
        ...["--bottlenecks", sandbox.path(name), "--steps", "2"],
        ...["--out", sandbox.path(`${name}-run`)],
      );
      strictEqual(code, 0, stderr);
    }
    const exportTexts = (name: string, ...args: string[]) =>
      sandbox.run("export", sandbox.path(`${name}-run`), ...args);
    const out = ["--out", sandbox.path("out")];
    checkRefusal(await exportTexts("texts", ...out), {
      code: 2,
      message:
        /was trained from text files of features: name the model .*--model/,
    });
    const model = ["--model", sandbox.path("net.pb")];
    const tensor = ["--bottleneck-tensor", "features:0"];
    checkRefusal(await exportTexts("narrow", ...out, ...model, ...tensor), {
      code: 1,
      message: /makes 5 features, .*narrow-run was trained on 2/,
    });
    const { code, stderr } = await exportTexts(
      "texts",
      ...out,
      ...model,
      ...tensor,
    );
    strictEqual(code, 0, stderr);
  });
});

Deno.test("export refuses another model, and writes nothing", async () => {
  const other = { "other.pb": pictureGraph({ size: 9 }) };
  await inSandbox({ ...photos(), ...other }, async (sandbox) => {
    strictEqual((await sandbox.train("run")).code, 0);
    const result = await sandbox.run(
      "export",
      ...[sandbox.path("run"), "--out", sandbox.path("out")],
      ...["--model", sandbox.path("other.pb")],
    );
    checkRefusal(result, { code: 1, message: /is not the model that/ });
    ok(![...Deno.readDirSync(sandbox.root)].some(({ name }) => name === "out"));
  });
});

Deno.test("export needs --out", async () => {
  await inSandbox({}, async (sandbox) => {
    const result = await sandbox.run("export", sandbox.path("run"));
    checkRefusal(result, { code: 2, message: /--out is missing/ });
  });
});

Deno.test("export --to run writes a folder that predicts alone, to the bit, and is not trained on", async () => {
  const files = { ...photos(), "net.pb": placeholderGraph() };
  await inSandbox(files, async (sandbox) => {
    const trained = await sandbox.train("run", "--hidden", "4");
    strictEqual(trained.code, 0, trained.stderr);
    const predict = async (run: string) => {
      const photos = ["photos/red/0.png", "photos/blue moon/1.png"];
      const paths = [run, ...photos].map((name) => sandbox.path(name));
      const { code, stdout, stderr } = await sandbox.run(
        "predict",
        ...[...paths, "--json"],
      );
      strictEqual(code, 0, stderr);
      return stdout;
    };
    const before = await predict("run");
    const exportRun = (run: string, out: string) =>
      sandbox.run(
        "export",
        ...[sandbox.path(run), "--to", "run", "--out", sandbox.path(out)],
      );
    for (const _ of ["new", "over the one before"]) {
      const { code, stderr } = await exportRun("run", "alone");
      strictEqual(code, 0, stderr);
    }
    checkRefusal(await exportRun("run", "photos"), {
      code: 2,
      message: /photos holds files already \(blue moon\): .*--out/,
    });
    checkRefusal(await exportRun("run", "run"), {
      code: 2,
      message: /is the run itself/,
    });
    await Deno.rename(sandbox.path("run"), sandbox.path("elsewhere"));
    await Deno.remove(sandbox.path("net.pb"));
    await Deno.remove(sandbox.path("home"), { recursive: true });
    await Deno.rename(sandbox.path("alone"), sandbox.path("moved"));
    strictEqual(await predict("moved"), before);
    const again = await exportRun("moved", "again");
    strictEqual(again.code, 0, again.stderr);
    strictEqual(await predict("again"), before);
    checkRefusal(
      await sandbox.run("train", "--resume", sandbox.path("moved")),
      { code: 2, message: /was exported to predict/ },
    );
  });
});

Deno.test("export --precision f16 halves each format, and each is read again", async () => {
  const weights = seededFile(architectureOf("keras/mobilenet_0.25"), 5);
  const files = {
    ...photos(),
    "net.safetensors": seededWeightFile(weights),
  };
  await inSandbox(files, async (sandbox) => {
    const trained = await sandbox.run(
      "train",
      ...[sandbox.path("photos"), "--model", sandbox.path("net.safetensors")],
      ...["--input-size", "32", "--steps", "3", "--out", sandbox.path("run")],
    );
    strictEqual(trained.code, 0, trained.stderr);
    const outputs = {
      graphdef: "retrained_graph.pb",
      safetensors: "model.safetensors",
      run: "backbone/net.safetensors",
    };
    for (const [to, file] of Object.entries(outputs)) {
      const sizes = [];
      for (const precision of ["f32", "f16"]) {
        const out = `${to}-${precision}`;
        const { code, stderr } = await sandbox.run(
          "export",
          ...[sandbox.path("run"), "--to", to, "--out", sandbox.path(out)],
          ...["--precision", precision],
        );
        strictEqual(code, 0, stderr);
        strictEqual(
          /f16 moves probabilities by [\d.e-]+ at most/.test(stderr),
          precision === "f16",
          stderr,
        );
        sizes.push((await sandbox.bytes(`${out}/${file}`)).length);
      }
      ok(sizes[1] < 0.6 * sizes[0], `${to}: ${sizes}`);
    }
    for (const model of ["graphdef", "safetensors"] as const) {
      const path = sandbox.path(`${model}-f16/${outputs[model]}`);
      const { code, stderr } = await sandbox.run("inspect", path);
      strictEqual(code, 0, stderr);
    }
    const photo = sandbox.path("photos/red/0.png");
    const confidenceOf = async (run: string) => {
      const args = [sandbox.path(run), photo, "--json"];
      const [event] = eventsOf(await sandbox.run("predict", ...args));
      return Number(event.confidence);
    };
    const difference = await confidenceOf("run-f16") -
      await confidenceOf("run");
    ok(difference !== 0 && Math.abs(difference) < 0.02, `${difference}`);
  });
});
