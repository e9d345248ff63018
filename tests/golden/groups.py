"""Convolutions in groups and their gradients, by PyTorch: makes groups.json.

    python tests/golden/groups.py && deno fmt tests/golden/groups.json

Needs torch (2.x). Tensors are `testValues` of kernels/testing.ts, in our layouts:
x (NHWC) of seed 1, the filter (HWIO, I of a group) of seed 2, the bias of seed 3,
the slope of the output of seed 9. PyTorch computes in float64, so that a comparison
measures the kernels' own error.
"""
import json
import pathlib

import numpy as np
import torch


def values(shape, seed):
    state = seed * 2654435761 & 0xFFFFFFFF
    out = []
    for _ in range(int(np.prod(shape))):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        out.append(state / 2**31 - 1)
    return torch.tensor(np.array(out, np.float32).reshape(shape), dtype=torch.float64)


def numbers(tensor):
    return [float(f"{value:.9g}") for value in tensor.detach().contiguous().flatten().tolist()]


def case(name, x, w, groups, stride=1, pad=0, dilation=1):
    tensors = [values(x, 1), values(w, 2), values(w[3:], 3)]
    for tensor in tensors:
        tensor.requires_grad_()
    image, filter, bias = tensors
    y = torch.nn.functional.conv2d(
        image.permute(0, 3, 1, 2), filter.permute(3, 2, 0, 1), bias,
        stride, pad, dilation, groups).permute(0, 2, 3, 1)
    (y * values(y.shape, 9)).sum().backward()
    return {
        "name": name, "x": x, "w": w, "groups": groups, "stride": stride, "pad": pad,
        "dilation": dilation, "y": numbers(y),
        "gradients": {key: numbers(tensor.grad) for key, tensor in zip(("x", "w", "b"), tensors)},
    }


cases = [
    case("two channels to three", [2, 5, 4, 4], [3, 3, 2, 6], 2, pad=1),
    case("four channels to four, stride 2", [1, 6, 7, 8], [3, 3, 4, 8], 2, stride=2, pad=1),
    case("four channels to sixteen, stride 2", [1, 3, 4, 8], [2, 2, 4, 32], 2, stride=2, pad=1),
    case("three channels to 64", [1, 3, 3, 6], [1, 2, 3, 128], 2),
    case("one channel to two, stride 2", [1, 5, 6, 3], [3, 3, 1, 6], 3, stride=2, pad=1),
    case("one channel to one", [1, 4, 5, 4], [3, 3, 1, 4], 4, pad=1),
    case("four channels to eight, 1x1", [2, 3, 5, 12], [1, 1, 4, 24], 3),
    case("two channels to four, dilated", [1, 7, 6, 4], [3, 3, 2, 8], 2, pad=2, dilation=2),
]
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(cases))
