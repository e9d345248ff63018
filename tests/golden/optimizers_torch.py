"""What PyTorch's optimizers make of given gradients, step by step, in float64.

    python tests/golden/optimizers_torch.py > tests/golden/optimizers_torch.json

Needs torch. Parameters and gradients come from a generator that the test shares:
`values` is `testValues` of kernels/testing.ts. Gradients are of many sizes, so
that the place and the size of Adam's epsilon show.
"""
import json

import numpy as np
import torch

SIZE, STEPS = 16, 12
MASK = 0xFFFFFFFF


def values(length, seed):
    state = seed * 2654435761 & MASK
    out = []
    for _ in range(length):
        state = (state * 1664525 + 1013904223) & MASK
        out.append(state / 2**31 - 1)
    return np.array(out, np.float32)


# The k-th of each eight values is around 10^-k.
SCALES = np.float32(10.0) ** -(np.arange(SIZE) % 8).astype(np.float32)


def rounded(tensor):
    return [float(f"{value:.10g}") for value in tensor.tolist()]


def parameters():
    return torch.nn.Parameter(torch.tensor(values(SIZE, 1) / np.float32(16), dtype=torch.float64))


def gradient_of(step):
    return torch.tensor(values(SIZE, 100 + step) * SCALES, dtype=torch.float64)


def run(make, one_cycle=None):
    """The parameters after each step, and each step's rate and momentum."""
    weights = parameters()
    optimizer = make([weights])
    scheduler = one_cycle and torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=one_cycle, total_steps=STEPS)
    story = {"rates": [], "momenta": [], "parameters": []}
    for step in range(STEPS):
        group = optimizer.param_groups[0]
        story["rates"].append(group["lr"])
        story["momenta"].append(group["betas"][0] if "betas" in group else group["momentum"])
        weights.grad = gradient_of(step)
        optimizer.step()
        if scheduler:
            scheduler.step()
        story["parameters"].append(rounded(weights.detach()))
    return story


def clipped(clip, limit):
    """The gradients of all steps, each clipped by itself."""
    out = []
    for step in range(STEPS):
        weights = parameters()
        weights.grad = gradient_of(step)
        clip([weights], limit)
        out.append(rounded(weights.grad))
    return out


optim = torch.optim
clip = torch.nn.utils
print(json.dumps({
    "torch": torch.__version__.split("+")[0],
    "size": SIZE,
    "steps": STEPS,
    "runs": {
        "adam": run(lambda w: optim.Adam(w, 0.003)),
        "adam, L2": run(lambda w: optim.Adam(w, 0.003, weight_decay=0.1)),
        "adamw": run(lambda w: optim.AdamW(w, 0.003, weight_decay=0.1)),
        "adam, L2, OneCycle": run(lambda w: optim.Adam(w, weight_decay=1e-4), 0.01),
        "adamw, OneCycle": run(lambda w: optim.AdamW(w, weight_decay=0.1), 0.01),
        "sgd, L2": run(lambda w: optim.SGD(w, 0.05, weight_decay=0.1)),
        "momentum, L2": run(lambda w: optim.SGD(w, 0.05, momentum=0.9, weight_decay=0.1)),
        "nesterov, L2": run(
            lambda w: optim.SGD(w, 0.05, momentum=0.9, weight_decay=0.1, nesterov=True)),
        "momentum, OneCycle": run(lambda w: optim.SGD(w, momentum=0.9), 0.1),
        "nesterov, OneCycle": run(lambda w: optim.SGD(w, momentum=0.9, nesterov=True), 0.1),
    },
    "clips": {
        "value": {"limit": 0.1, "gradients": clipped(clip.clip_grad_value_, 0.1)},
        "norm": {"limit": 0.5, "gradients": clipped(clip.clip_grad_norm_, 0.5)},
    },
}))
