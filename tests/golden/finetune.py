"""Fine-tuning of torchvision's ResNet-18 by gradient descent: losses, and the probabilities in eval mode afterwards.

    python tests/golden/finetune.py > tests/golden/finetune.json && deno fmt tests/golden/finetune.json

Needs torch and torchvision. All layers are in training mode, so batch norms take
the batch's statistics and move their averages. In float64, with how far float32
is from it: the largest relative difference of a loss, and that of the probabilities in L2.

Most pictures are no test: a value near 0 is rectified in one precision and not in
the other, and a change of 2e-7 in the pixels moves the losses by up to 1e-2. At
these, float32 stays within 1e-5 for changes of 1e-7 and 2e-7, up and down.
"""
import json
import sys

import numpy as np
import torch
import torchvision.models
from architectures import CLASSES, fill_torch, uniform

BATCH, BATCHES, STEPS, SIZE, RATE = 4, 2, 6, 64, 0.01
MEAN, STD = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]


def pixels():
    u = uniform("photos 7", BATCHES * BATCH * SIZE * SIZE * 3)
    return np.floor((u + 1) * 128).reshape(BATCHES, BATCH, SIZE, SIZE, 3)


def tuned(dtype):
    model = fill_torch(torchvision.models.resnet18(num_classes=CLASSES).to(dtype)).train()
    images = (pixels() - np.array(MEAN)) / np.array(STD)
    x = torch.from_numpy(images).to(dtype).permute(0, 1, 4, 2, 3)
    labels = torch.arange(BATCHES * BATCH).reshape(BATCHES, BATCH) * 3 % CLASSES
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    losses = []
    for step in range(STEPS):
        at = step % BATCHES
        loss = torch.nn.functional.cross_entropy(model(x[at]), labels[at])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    with torch.no_grad():
        probabilities = torch.softmax(model.eval()(x[0]), 1).numpy().astype(np.float64)
    return np.array(losses), probabilities


losses, probabilities = tuned(torch.float64)
losses32, probabilities32 = tuned(torch.float32)
distances = {"losses": float(np.max(np.abs(losses32 / losses - 1))),
             "probabilities": float(np.linalg.norm(probabilities32 - probabilities) / np.linalg.norm(probabilities))}
print(losses, distances, file=sys.stderr)
print(json.dumps({"classes": CLASSES, "batch": BATCH, "batches": BATCHES, "size": SIZE, "rate": RATE,
                  "losses": losses.tolist(), "probabilities": probabilities.flatten().tolist(), "distances": distances}))
