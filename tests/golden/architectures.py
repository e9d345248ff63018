"""Logits of torchvision's, Keras's and others' networks in float64, of seeded weights.

    python tests/golden/architectures.py > tests/golden/architectures.json && deno fmt tests/golden/architectures.json

Needs torch, torchvision and tensorflow. Some need timm, efficientnet-pytorch and
efficientnet-lite-pytorch. No weights are
kept: `values` makes the same numbers as `seededValues` of models/testing.ts.
"""
import contextlib
import json
import math
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np

MASK = 0xFFFFFFFF
CLASSES = 32


def uniform(name, size):
    """Multiples of 2^-23 from -1 to 1, by the hash of a name and a position."""
    seed = 0x811C9DC5
    for char in name.encode():
        seed = ((seed ^ char) * 0x01000193) & MASK
    x = (np.arange(size, dtype=np.uint32) * np.uint32(0x9E3779B9)) + np.uint32(seed)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x85EBCA6B)
    x ^= x >> np.uint32(13)
    x *= np.uint32(0xC2B2AE35)
    x ^= x >> np.uint32(16)
    return (x >> np.uint32(8)).astype(np.float64) / 2**23 - 1


def values(name, shape, fan_in):
    """A tensor by its name in a file: a kernel keeps the size of what it is fed, a variance is near 1."""
    u = uniform(name, math.prod(shape))
    part = name.replace("/", ".").split(".")[-1]
    if len(shape) > 1:
        u = u * math.sqrt(6 / fan_in)
    elif part in ("running_var", "moving_variance"):
        u = 1 + u / 2
    elif part in ("weight", "gamma"):
        u = 0.75 + u / 4
    else:
        u = u / 4
    return u.astype(np.float32).reshape(shape)


def images(size, batch=1):
    return (2 * uniform("images", batch * size * size * 3)).astype(np.float32).reshape(batch, size, size, 3)


def fill_torch(model, renamed=lambda name: name):
    import torch
    state = model.state_dict()
    for name, tensor in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        shape = tuple(tensor.shape)
        made = values(renamed(name), shape, math.prod(shape[1:]))
        state[name] = torch.from_numpy(made).to(tensor.dtype)
    model.load_state_dict(state)
    return model


def torch_logits(model, size, renamed=lambda name: name):
    import torch
    model = fill_torch(model.double(), renamed).eval()
    with torch.no_grad():
        return model(torch.from_numpy(images(size)).double().permute(0, 3, 1, 2))[0].numpy()


def keras_logits(build, size, factor=1, **options):
    """Layers that Keras numbers count from the first of their kind in the network."""
    import keras
    keras.backend.set_floatx("float64")
    keras.backend.clear_session()
    if options.get("include_top", True):
        options = {"classes": CLASSES, "classifier_activation": None, **options}
    model = build(keras.applications)(weights=None, input_shape=(size, size, 3), **options)
    for layer in model.layers:
        made = []
        if type(layer).__name__ == "Normalization":
            continue
        for weight in layer.weights:
            shape = tuple(weight.shape)
            isDepthwise = type(layer).__name__ == "DepthwiseConv2D"
            part = "depthwise_kernel" if isDepthwise and weight.name == "kernel" else weight.name
            fan_in = math.prod(shape[:2]) if isDepthwise else math.prod(shape[:-1])
            made.append(values(f"{layer.name}/{part}", shape, fan_in))
        if made:
            layer.set_weights(made)
    return model(images(size) * factor, training=False)[0].numpy()


def torchvision(name, size=74, renamed=lambda name: name, changed=lambda model: model, **options):
    import torchvision.models
    options = {"weights": None, "num_classes": CLASSES, **options}
    return lambda: (size, torch_logits(changed(getattr(torchvision.models, name)(**options)), size, renamed))


def narrow(*layers):
    """Fewer units in the hidden layers of a classifier, which would be most of a test's time."""
    def changed(model):
        from torch import nn
        classifier = model.classifier
        for at, layer in enumerate(layers):
            inputs = classifier[layer].in_features if at == 0 else 64
            units = CLASSES if layer == layers[-1] else 64
            classifier[layer] = nn.Linear(inputs, units)
        return model
    return changed


def tonylins(name):
    """torchvision's MobileNetV2 without the groups in its blocks, whose activations count too."""
    parts = name.split(".")
    if parts[0] == "classifier":
        return ".".join(["classifier", parts[-1]])
    if parts[2] != "conv":
        return name
    index = int(parts[3])
    if len(parts) == 6:
        return ".".join(parts[:3] + [str(3 * index + int(parts[4])), parts[5]])
    first = 3 if parts[1] == "1" else 6
    base = 1 if parts[1] == "1" else 2
    return ".".join(parts[:3] + [str(first + index - base), parts[4]])


def timm(name, size=74):
    def case():
        with contextlib.redirect_stdout(sys.stderr):
            from timm import create_model
        return size, torch_logits(create_model(name, num_classes=CLASSES), size)
    return case


def lukemelas(package, name, size):
    """Both packages pad for one size of image, which their names decide."""
    def case():
        from importlib import import_module
        model = import_module(package).EfficientNet
        params = {"num_classes": CLASSES, "image_size": size}
        return size, torch_logits(model.from_name(name, **params), size)
    return case


def keras_of(name, size=74, factor=1, **options):
    return lambda: (size, keras_logits(lambda applications: getattr(applications, name), size, factor, **options))


CASES = {
    "torchvision/resnet18": torchvision("resnet18", 74),
    "torchvision/resnet34": torchvision("resnet34"),
    "torchvision/resnet50": torchvision("resnet50", 74),
    "keras/resnet50": keras_of("ResNet50", 74),
    "torchvision/mobilenet_v2": torchvision("mobilenet_v2", 74),
    "tonylins/mobilenet_v2": torchvision("mobilenet_v2", 74, tonylins),
    "timm/mobilenetv2_100": timm("mobilenetv2_100"),
    "keras/mobilenet_v2_1": keras_of("MobileNetV2", 74),
    "keras/mobilenet_v2_0.35": keras_of("MobileNetV2", 74, alpha=0.35),
    "torchvision/efficientnet_b0": torchvision("efficientnet_b0", 74),
    "keras/efficientnetb0": keras_of("EfficientNetB0", 74, factor=255),
    "lukemelas/efficientnet-b0": lukemelas("efficientnet_pytorch", "efficientnet-b0", 74),
    "timm/efficientnet_b0": timm("efficientnet_b0"),
    "timm/tf_efficientnet_b0": timm("tf_efficientnet_b0"),
    **{f"ml-illustrated/efficientnet-lite{n}": lukemelas("efficientnet_lite_pytorch", f"efficientnet-lite{n}", 74)
       for n in range(3)},
    **{f"timm/tf_efficientnet_lite{n}": timm(f"tf_efficientnet_lite{n}") for n in range(3)},
    "timm/efficientnet_lite0": timm("efficientnet_lite0"),
    **{f"keras/mobilenet_{alpha}": keras_of("MobileNet", 74, alpha=alpha) for alpha in (0.25, 0.5, 0.75, 1)},
    "torchvision/mobilenet_v3_large": torchvision("mobilenet_v3_large"),
    "timm/mobilenetv3_large_100": timm("mobilenetv3_large_100"),
    "timm/tf_mobilenetv3_large_100": timm("tf_mobilenetv3_large_100"),
    "keras/mobilenet_v3_large": keras_of("MobileNetV3Large", include_preprocessing=False),
    "keras/mobilenet_v3_large_notop": keras_of("MobileNetV3Large", include_preprocessing=False,
                                               include_top=False, pooling="avg"),
    "torchvision/inception_v3": torchvision("inception_v3", 75, init_weights=False),
    "keras/inception_v3": keras_of("InceptionV3", 75),
    "torchvision/alexnet": torchvision("alexnet", 80, changed=narrow(1, 4, 6)),
    "torchvision/vgg16": torchvision("vgg16", 40, changed=narrow(0, 3, 6)),
    "torchvision/vgg16_bn": torchvision("vgg16_bn", 40, changed=narrow(0, 3, 6)),
    "keras/vgg16_notop": keras_of("VGG16", 40, include_top=False, pooling="avg"),
}

if __name__ == "__main__":
    chosen = sys.argv[1:] or CASES
    print(json.dumps({name: dict(zip(("size", "logits"), (size, [float(x) for x in logits])))
                      for name in chosen for size, logits in [CASES[name]()]}))
