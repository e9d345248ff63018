/**
 * Networks by the names that `--model` takes. It loads no network, because every
 * call waits for it.
 *
 * @module
 */

/** What a name says of a network. */
export interface NamedNetwork {
  /** The id of an architecture, such as `torchvision/resnet50`. */
  readonly architecture: string;
  /** Height and width of its images, in pixels. */
  readonly size: number;
}

/** Times the channels of each layer of MobileNet v1, as its names say it. */
export const mobilenetAlphas = ["1.0", "0.75", "0.5", "0.25"] as const;

/** Height and width of images that MobileNet v1 was released for, in pixels. */
export const mobilenetSizes = [224, 192, 160, 128] as const;

const networks: Readonly<Record<string, NamedNetwork>> = {
  "resnet-18": { architecture: "torchvision/resnet18", size: 224 },
  "resnet-34": { architecture: "torchvision/resnet34", size: 224 },
  "resnet-50": { architecture: "torchvision/resnet50", size: 224 },
  "resnet-50-keras": { architecture: "keras/resnet50", size: 224 },
  "mobilenet-v2": { architecture: "tonylins/mobilenet_v2", size: 224 },
  "mobilenet-v3-large": {
    architecture: "torchvision/mobilenet_v3_large",
    size: 224,
  },
  "efficientnet-lite0": {
    architecture: "ml-illustrated/efficientnet-lite0",
    size: 224,
  },
  "efficientnet-lite1": {
    architecture: "ml-illustrated/efficientnet-lite1",
    size: 240,
  },
  "efficientnet-lite2": {
    architecture: "ml-illustrated/efficientnet-lite2",
    size: 260,
  },
  "efficientnet-b0": { architecture: "torchvision/efficientnet_b0", size: 224 },
  "inception-v3": { architecture: "torchvision/inception_v3", size: 299 },
  "inception-v3-torchvision": {
    architecture: "torchvision/inception_v3",
    size: 299,
  },
  "inception-v3-keras": { architecture: "keras/inception_v3", size: 299 },
  "vgg-16": { architecture: "torchvision/vgg16", size: 224 },
  "vgg-16-keras": { architecture: "keras/vgg16", size: 224 },
  "alexnet": { architecture: "torchvision/alexnet", size: 224 },
  ...Object.fromEntries(
    mobilenetAlphas.flatMap((alpha) =>
      mobilenetSizes.map((size) => [
        `mobilenet-v1-${alpha}-${size}`,
        { architecture: `keras/mobilenet_${Number(alpha)}`, size },
      ])
    ),
  ),
};

/** Shorter names, and what they mean. */
const shortNames: Readonly<Record<string, string>> = {
  "mobilenet-v1": "mobilenet-v1-1.0-224",
  ...Object.fromEntries(
    mobilenetAlphas.map((alpha) => [
      `mobilenet-v1-${alpha}`,
      `mobilenet-v1-${alpha}-224`,
    ]),
  ),
};

/** Every name of a network in full, such as `mobilenet-v1-0.25-128`. */
export const networkNames: readonly string[] = Object.keys(networks);

/** The name in full; a name that is in full, or unknown, as it is. */
export function fullName(name: string): string {
  return Object.hasOwn(shortNames, name) ? shortNames[name] : name;
}

/**
 * What a name says of its network; undefined if no network has it.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "@std/assert";
 * deepStrictEqual(networkNamed("mobilenet-v1-0.25-128"), {
 *   architecture: "keras/mobilenet_0.25",
 *   size: 128,
 * });
 * ```
 */
export function networkNamed(name: string): NamedNetwork | undefined {
  const full = fullName(name);
  return Object.hasOwn(networks, full) ? networks[full] : undefined;
}
