"""PyTorch's pools where they are counted in another way than TensorFlow's.

    python tests/golden/layers.py > tests/golden/layers.json && deno fmt tests/golden/layers.json

Needs torch. Images are `(1, height, width, 2)`, of `uniform` of architectures.py.
"""
import json

import torch
from architectures import uniform
from torch import nn

CASES = [
    ("adaptive", (7, 5), {"size": 3}, nn.AdaptiveAvgPool2d(3)),
    ("adaptive", (2, 1), {"size": 3}, nn.AdaptiveAvgPool2d(3)),
    ("adaptive", (6, 9), {"size": 3}, nn.AdaptiveAvgPool2d(3)),
    ("max", (7, 6), {"size": 3, "stride": 2, "ceil": True}, nn.MaxPool2d(3, 2, ceil_mode=True)),
    ("max", (5, 6), {"size": 2, "stride": 3, "padding": 1, "ceil": True}, nn.MaxPool2d(2, 3, 1, ceil_mode=True)),
    ("average", (5, 6), {"size": 3, "padding": 1, "countsPads": True}, nn.AvgPool2d(3, 1, 1)),
    ("average", (6, 7), {"size": 3, "stride": 2, "padding": 1, "ceil": True, "countsPads": True},
     nn.AvgPool2d(3, 2, 1, ceil_mode=True)),
    ("average", (6, 7), {"size": 3, "stride": 2, "padding": 1, "ceil": True},
     nn.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False)),
]

made = []
for kind, (height, width), options, layer in CASES:
    x = torch.from_numpy(uniform("images", height * width * 2)).reshape(1, height, width, 2)
    y = layer(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    made.append({"kind": kind, "height": height, "width": width, "options": options,
                 "shape": list(y.shape), "values": y.flatten().tolist()})
print(json.dumps(made))
