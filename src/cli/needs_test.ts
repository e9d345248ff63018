import { deepStrictEqual, ok } from "@std/assert";
import { needsOf } from "./needs.ts";

const environment = new Map([["ESPALIER_HOME", "/home"]]);
const release =
  "unless /home/models/inception-v3-2015/classify_image_graph_def.pb.json";
const usual = [
  "fetch efficientnet-lite0",
  release,
  "unless /home/models/efficientnet-lite0/efficientnet-lite0-57934424.pth.json",
];
const inception = [
  "fetch inception-v3",
  release,
  "unless /home/models/inception-v3-npm/inception-v3-npm.pb.json",
];
const demo = ["fetch builtin:digits", "unless /home/data/digits"];
const all = ["fetch builtin:digits", "unless /home/data/all/digits"];

for (
  const [line, needs] of [
    ["train", ["adapter", ...usual, ...demo]],
    ["train photos", ["adapter", ...usual]],
    ["train photos --recipe classic", ["adapter", ...inception]],
    ["train photos --model inception-v3", ["adapter", ...inception]],
    ["train photos --recipe classic --model resnet-18", [
      "adapter",
      "fetch resnet-18",
      "unless /home/models/resnet-18/resnet18-f37072fd.pth.json",
    ]],
    ["train photos --model mobilenet-v1", [
      "adapter",
      "fetch mobilenet-v1",
      "unless /home/models/mobilenet-v1-1.0-224/mobilenet_1_0_224_tf.h5.json",
    ]],
    ["train photos --model resnet50", ["adapter"]],
    ["train builtin:digits --mode finetune", ["adapter", ...usual, ...all]],
    ["train photos --mode scratch --model resnet-50", ["adapter"]],
    ["train --mode scratch --model small-cnn", ["adapter", ...all]],
    ["train --mode scratch builtin:shapes", ["adapter"]],
    ["train photos --model=net.pb --rate 0.1", ["adapter"]],
    ["train --model runs/digits-1 photos", ["adapter"]],
    ["train photos --model inception-v3-2015", [
      "adapter",
      "fetch inception-v3-2015",
      release,
    ]],
    ["train flower_photos --model net.pb", [
      "adapter",
      "fetch flower_photos",
      "unless flower_photos",
      "unless /home/data/flower_photos/.espalier.json",
    ]],
    ["train photos --model net.pb --test imagewoof2-160", [
      "adapter",
      "fetch imagewoof2-160",
      "unless imagewoof2-160",
      "unless /home/data/imagewoof2-160/.espalier.json",
    ]],
    ["train -- photos --model net.pb", ["adapter"]],
    ["train --resume runs/digits-1", ["adapter"]],
    ["train --bottlenecks texts", ["adapter"]],
    ["train --rate fast", ["adapter"]],
    ["train --find-lr --out runs/a", ["adapter"]],
    ["train --help", []],
    ["predict runs/photos-1 new.jpg", ["adapter"]],
    ["predict -h", []],
    ["inspect net.pb", []],
    ["fetch", []],
    ["", []],
  ] as const
) {
  Deno.test(`needsOf() says what \`espalier ${line}\` needs`, () => {
    const args = line.split(" ").filter(Boolean);
    deepStrictEqual(needsOf(args, environment), needs);
  });
}

Deno.test("needsOf() needs no store where there is no home: train says so", () => {
  deepStrictEqual(needsOf(["train"], new Map()), ["adapter"]);
});

Deno.test("needs.ts loads little, because a call waits for it", async () => {
  const root = import.meta.resolve("./needs.ts");
  const { stdout } = await new Deno.Command("deno", {
    args: ["info", "--json", root],
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout));
  const loaded = new Set<string>([root]);
  for (const specifier of loaded) {
    const module = Array.from<{ specifier: string }>(modules)
      .find((one) => one.specifier === specifier);
    // Types are not loaded: their imports have no code.
    for (const { code } of Object(module).dependencies ?? []) {
      if (code?.specifier) loaded.add(code.specifier);
    }
  }
  ok(loaded.size > 10 && loaded.size < 60, `${loaded.size} modules`);
});
