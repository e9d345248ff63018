"""Gradients of the first step of torchvision's networks in float64, and how far float32 is from them.

    python tests/golden/architecture_gradients.py > tests/golden/architecture_gradients.json && deno fmt tests/golden/architecture_gradients.json

Needs torch and torchvision. Batch norms take the batch's statistics; nothing is
dropped. A value that float32 puts on the other side of a ReLU's corner would change
all gradients before it: the images are such that none of ResNet-18 does, not
even with noise of 2e-6, and MobileNetV2's norms keep theirs apart from corners.
Shifts that the next batch norm takes away have no gradient and are
left out. Of each tensor `SAMPLES` values are kept, at places that its name decides.
"""
import json
import math
import sys

import numpy as np
import torch
import torchvision.models
from architectures import CLASSES, fill_torch, uniform

BATCH, SIZE, SAMPLES = 4, 64, 8
CASES = {
    "torchvision/resnet18": lambda **options: torchvision.models.resnet18(**options),
    "torchvision/mobilenet_v2": lambda **options: torchvision.models.mobilenet_v2(dropout=0, **options),
    "torchvision/efficientnet_b0": lambda **options: torchvision.models.efficientnet_b0(
        dropout=0, stochastic_depth_prob=0, **options),
}


def places(name, size):
    return np.floor((uniform(f"places in {name}", SAMPLES) + 1) / 2 * size).astype(np.int64)


def keep_apart(model):
    """Batch norms that put a channel near 3 or near -3, far from the corners at 0 and 6."""
    for name, weight in model.named_parameters():
        if weight.ndim == 1 and not name.startswith("classifier"):
            u = uniform(name, weight.numel())
            made = 3 * np.sign(u) + u / 4 if name.endswith("bias") else 0.25 + u / 16
            weight.data = torch.from_numpy(made.astype(np.float32)).to(weight.dtype)
    return model


def gradients(name, dtype):
    model = fill_torch(CASES[name](num_classes=CLASSES).to(dtype)).train()
    if name == "torchvision/mobilenet_v2":
        keep_apart(model)
    images = (2 * uniform("images10", BATCH * SIZE * SIZE * 3)).astype(np.float32)
    x = torch.from_numpy(images.reshape(BATCH, SIZE, SIZE, 3)).to(dtype).permute(0, 3, 1, 2)
    labels = torch.arange(BATCH) * 3 % CLASSES
    loss = torch.nn.functional.cross_entropy(model(x), labels)
    loss.backward()
    return loss.item(), {
        name: weight.grad.flatten().numpy()[places(name, weight.numel())].astype(np.float64)
        for name, weight in model.named_parameters()
    }


def distance(found, exact):
    """The mean over tensors of the squared relative L2 distance, its root taken."""
    shares = [np.sum((found[name] - exact[name])**2) / np.sum(exact[name]**2) for name in exact]
    return math.sqrt(sum(shares) / len(shares))


if __name__ == "__main__":
    made = {}
    for name in CASES:
        loss, exact = gradients(name, torch.float64)
        exact = {at: values for at, values in exact.items() if np.sum(values**2) > 1e-20}
        _, found = gradients(name, torch.float32)
        made[name] = {"loss": loss, "distance": distance(found, exact),
                      "gradients": {at: [float(f"{x:.10g}") for x in values] for at, values in exact.items()}}
        print(name, loss, len(exact), made[name]["distance"], sorted(math.sqrt(np.sum(x**2)) for x in exact.values())[:5], file=sys.stderr)
    print(json.dumps({"classes": CLASSES, "batch": BATCH, "size": SIZE, "networks": made}))
