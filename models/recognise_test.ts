import { deepStrictEqual, match, strictEqual } from "@std/assert";
import { refusalOf } from "../src/graph/testing.ts";
import { type Architecture, weightSlots } from "./architecture.ts";
import { architectureOf, architectures } from "./architectures.ts";
import { type FileTensor, recogniseWeights } from "./recognise.ts";
import { seededFile } from "./testing.ts";

const ofShape = (...shape: number[]): FileTensor => ({
  shape,
  values: () => new Float32Array(shape.reduce((a, b) => a * b, 1)),
});

const source = "net.pth";

function refusal(tensors: ReadonlyMap<string, FileTensor>): string {
  return refusalOf(() => recogniseWeights(tensors, { source }));
}

/** Architectures of the same tensors: which of them is meant must be said. */
function twinsOf({ id }: Architecture): boolean {
  return /^timm\/(tf_)?(efficientnet|mobilenetv3)/.test(id);
}

Deno.test("recogniseWeights() tells every network by its tensors, whatever their order", () => {
  for (const architecture of architectures.filter((each) => !twinsOf(each))) {
    const tensors = new Map([...seededFile(architecture, 7)].toReversed());
    const { architecture: found, classes } = recogniseWeights(tensors, {
      source,
    });
    deepStrictEqual([found.id, classes], [architecture.id, 7]);
  }
});

Deno.test("recogniseWeights() wants to be told which of two networks of the same tensors is meant", () => {
  const tensors = seededFile(architectureOf("timm/efficientnet_lite0"), 2);
  match(
    refusal(tensors),
    /net\.pth may be .+ or .+: say which by --architecture \(timm\/tf_/,
  );
  const called = "tf_efficientnet_lite0";
  const { architecture } = recogniseWeights(tensors, { source, called });
  strictEqual(architecture.id, "timm/tf_efficientnet_lite0");
});

Deno.test("recogniseWeights() passes over counters and takes networks without a classifier", () => {
  const tensors = seededFile(architectureOf("torchvision/resnet18"), 0);
  tensors.set("bn1.num_batches_tracked", ofShape());
  const { classes, notes, build } = recogniseWeights(tensors, { source });
  strictEqual(classes, 0);
  deepStrictEqual(notes, []);
  deepStrictEqual(build({ size: 32 }).graph.outputs, ["avgpool"]);
});

Deno.test("recogniseWeights() knows the names that Keras 3 gives to kernels of channels by themselves", () => {
  for (const id of ["keras/mobilenet_0.25", "keras/efficientnetb0"]) {
    const renamed = new Map(
      Array.from(
        seededFile(architectureOf(id), 3),
        ([name, tensor]) =>
          [name.replace("/depthwise_kernel", "/kernel"), tensor] as const,
      ),
    );
    const { architecture, build } = recogniseWeights(renamed, { source });
    strictEqual(architecture.id, id);
    build({ size: 64 });
  }
});

Deno.test("recogniseWeights() leaves a classifier of another kind, and says so", () => {
  const tensors = seededFile(architectureOf("torchvision/resnet18"), 0);
  tensors.set("fc.0.weight", ofShape(10, 512)).set("fc.0.bias", ofShape(10));
  const { classes, notes } = recogniseWeights(tensors, { source });
  strictEqual(classes, 0);
  deepStrictEqual(notes, [
    'its classifier is none of ResNet-18 of torchvision ("fc.0.weight", "fc.0.bias") and was left out',
  ]);
});

Deno.test("recogniseWeights() names what is missing, misshapen and left over in the nearest network", () => {
  const tensors = seededFile(architectureOf("torchvision/resnet34"), 9);
  tensors.delete("layer3.2.bn1.bias");
  tensors.set("layer1.0.conv1.weight", ofShape(64, 64, 1, 1));
  tensors.set("attention.weight", ofShape(4));
  strictEqual(
    refusal(tensors),
    'net.pth is nearest to ResNet-34 of torchvision, but it lacks "layer3.2.bn1.bias", "layer1.0.conv1.weight" is [64, 64, 1, 1], expected [64, 64, 3, 3], it holds "attention.weight" besides: bring the weights of that network as it is there',
  );
});

Deno.test("recogniseWeights() says of other weights that they are no network it knows", () => {
  const tensors = new Map([["encoder.weight", ofShape(2, 2)]]);
  match(
    refusal(tensors),
    /^net\.pth holds the weights of no network that is known \("encoder\.weight"\): bring /,
  );
});

Deno.test("weightSlots() give values back in the file's order", () => {
  for (const id of ["torchvision/mobilenet_v2", "keras/mobilenet_v2_0.35"]) {
    const architecture = architectureOf(id);
    const tensors = seededFile(architecture, 3);
    const { build } = recogniseWeights(tensors, { source });
    const { graph } = build();
    for (const slot of weightSlots(architecture, graph)) {
      const file = tensors.get(slot.name)?.values() ?? new Float32Array();
      const ours = graph.tensors.get(slot.tensor)?.constant?.read();
      if (!(ours instanceof Float32Array)) throw new Error(slot.tensor);
      deepStrictEqual(slot.toFile(ours), file, slot.name);
    }
  }
});
