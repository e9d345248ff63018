"""Gradients of a ViT of one block and a ConvNeXt of two in float64, and how far PyTorch's float32 is from them.

    python tests/golden/block_gradients.py > tests/golden/block_gradients.json && deno fmt tests/golden/block_gradients.json

Needs torch and torchvision. Weights are seeded by their names as those of
`architectures.py`. Of each tensor `SAMPLES` values are kept, at places that its
name decides.
"""
import json
import sys

import numpy as np
import torch
from architecture_gradients import SAMPLES, distance, places
from architectures import fill_torch, images
from torchvision.models import ConvNeXt, VisionTransformer
from torchvision.models.convnext import CNBlockConfig

CLASSES, BATCH, SIZE = 7, 3, 32
CASES = {
    "vit": lambda: VisionTransformer(image_size=SIZE, patch_size=8, num_layers=1, num_heads=4, hidden_dim=64,
                                     mlp_dim=128, num_classes=CLASSES),
    "convnext": lambda: ConvNeXt([CNBlockConfig(48, 64, 1), CNBlockConfig(64, None, 1)], stochastic_depth_prob=0,
                                 num_classes=CLASSES),
}


def gradients(name, dtype):
    model = fill_torch(CASES[name]().to(dtype)).train()
    x = torch.from_numpy(images(SIZE, BATCH)).to(dtype).permute(0, 3, 1, 2)
    loss = torch.nn.functional.cross_entropy(model(x), torch.arange(BATCH) * 3 % CLASSES)
    loss.backward()
    return loss.item(), {
        name: weight.grad.flatten().numpy()[places(name, weight.numel())].astype(np.float64)
        for name, weight in model.named_parameters()
    }


made = {}
for name in CASES:
    loss, exact = gradients(name, torch.float64)
    _, found = gradients(name, torch.float32)
    made[name] = {"loss": loss, "distance": distance(found, exact),
                  "gradients": {at: [float(f"{x:.10g}") for x in values] for at, values in exact.items()}}
    print(name, loss, len(exact), made[name]["distance"], sorted(float(np.linalg.norm(x)) for x in exact.values())[:5],
          file=sys.stderr)
print(json.dumps({"classes": CLASSES, "batch": BATCH, "size": SIZE, "networks": made}))
