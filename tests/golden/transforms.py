"""What torchvision's and timm's own transforms make of drawn pictures.

    python3 tests/golden/transforms.py > tests/golden/transforms.json

Digests are of the bytes before normalisation; values are some of those after it.
"""

import hashlib
import json

import numpy
import timm
import torch
import torchvision
from PIL import Image
from timm.data import create_transform, resolve_data_config

SIZES = [(375, 500), (333, 250), (97, 641), (31, 23), (300, 1)]


def drawn(height, width):
    """The picture that tests/transforms_golden_test.ts draws, too."""
    y, x, c = numpy.mgrid[0:height, 0:width, 0:3].astype(numpy.int64)
    values = (x * x * 3 + y * 7 * (c + 1) + x * y // 5 + (x // 9 + y // 7) % 2 * 90) % 256
    return Image.fromarray(values.astype(numpy.uint8))


def weights(name):
    """The first weights that were released for a network of torchvision."""
    return torchvision.models.get_model_weights(name).IMAGENET1K_V1.transforms()


def of_torchvision(name):
    preset = weights(name)
    resize = torchvision.transforms.Compose([
        torchvision.transforms.Resize(preset.resize_size[0], preset.interpolation),
        torchvision.transforms.CenterCrop(preset.crop_size[0]),
    ])

    def normalised(image):
        values = preset(image)
        if name != "inception_v3":
            return values
        # What the network itself does first, with its released weights.
        mean, std = [torch.tensor(list).view(3, 1, 1) for list in (preset.mean, preset.std)]
        return values * (std / 0.5) + (mean - 0.5) / 0.5

    return preset.crop_size[0], resize, normalised


def of_timm(name):
    config = resolve_data_config(pretrained_cfg=timm.get_pretrained_cfg(name).to_dict())
    transform = create_transform(**config, is_training=False)
    resize = torchvision.transforms.Compose(transform.transforms[:2])
    return config["input_size"][1], resize, transform


def golden(size, resize, normalised):
    images = [drawn(*sides) for sides in SIZES]
    first = normalised(images[0])
    return {
        "size": size,
        "sha256": [
            hashlib.sha256(numpy.asarray(resize(image)).tobytes()).hexdigest()[:16]
            for image in images
        ],
        "values": [float(first[c, size // 3 + c, size // 2]) for c in range(3)],
    }


TORCHVISION = [
    "resnet18", "resnet34", "resnet50", "mobilenet_v2", "mobilenet_v3_large",
    "efficientnet_b0", "inception_v3", "vgg16", "vgg16_bn", "alexnet",
]
TIMM = [
    "mobilenetv2_100", "mobilenetv3_large_100", "tf_mobilenetv3_large_100",
    "efficientnet_b0", "tf_efficientnet_b0",
    *[f"{tf}efficientnet_lite{n}" for n in range(3) for tf in ("", "tf_")],
]

print(json.dumps({
    "sizes": SIZES,
    "networks": {
        **{f"torchvision/{name}": golden(*of_torchvision(name)) for name in TORCHVISION},
        **{f"timm/{name}": golden(*of_timm(name)) for name in TIMM},
    },
}, indent=1))
