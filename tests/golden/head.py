"""Ten losses and the final parameters of heads trained by Keras in float64.

    python tests/golden/head.py > tests/golden/head.json && deno fmt tests/golden/head.json

Needs tensorflow. Rows, labels and batches come from generators that the test
shares: `values` is `testValues` of kernels/testing.ts, and the batches are those
of src/train/batches.ts for seed 7 (Philox as in src/bytes/random.ts, stream 1).
"""
import json

import keras
import numpy as np

keras.backend.set_floatx("float64")
ROWS, FEATURES, CLASSES, BATCH, STEPS, SEED = 50, 30, 5, 16, 10, 7
MASK = 0xFFFFFFFF


def values(length, seed):
    state = seed * 2654435761 & MASK
    out = []
    for _ in range(length):
        state = (state * 1664525 + 1013904223) & MASK
        out.append(state / 2**31 - 1)
    return np.array(out, np.float32)


def philox4x32(c, k):
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = (b >> 32 ^ c[1] ^ k[0], b & MASK, a >> 32 ^ c[3] ^ k[1], a & MASK)
        k = (k[0] + 0x9E3779B9 & MASK, k[1] + 0xBB67AE85 & MASK)
    return c[0]


class Random:
    def __init__(self, seed, stream):
        self.seed, self.stream, self.counter = seed, stream, 0

    def below(self, n):
        while True:
            drawn = philox4x32((self.counter & MASK, self.counter >> 32, 0, 0), (self.seed, self.stream))
            self.counter += 1
            if drawn >= 2**32 % n:
                return drawn % n

    def shuffle(self, n):
        order = list(range(n))
        for last in range(n - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order


def batches():
    random, order = Random(SEED, 1), []
    while len(order) < BATCH * STEPS:
        order += random.shuffle(ROWS)
    return np.array(order[: BATCH * STEPS]).reshape(STEPS, BATCH)


def train(optimizer, scale):
    rows = (values(ROWS * FEATURES, 1) * np.float32(4)).astype(np.float64)
    rows = rows.reshape(ROWS, FEATURES)
    labels = np.arange(ROWS) * 3 % CLASSES
    if scale:
        rows = rows / np.sqrt((rows**2).mean(axis=1, keepdims=True))
    model = keras.Sequential([
        keras.Input((FEATURES,)),
        keras.layers.Dense(CLASSES, kernel_initializer="zeros"),
    ])
    if optimizer.weight_decay:
        optimizer.exclude_from_weight_decay(var_list=[model.layers[-1].bias])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss)
    losses = [float(model.train_on_batch(rows[b], labels[b])) for b in batches()]
    weights, bias = model.get_weights()
    return {"losses": losses, "weights": weights.ravel().tolist(), "bias": bias.tolist()}


optimizers = keras.optimizers
cosine = optimizers.schedules.CosineDecay
cases = {
    "classic": train(optimizers.SGD(0.001), False),
    "default": train(optimizers.AdamW(cosine(0.02, STEPS), weight_decay=0.1), True),
    "momentum": train(optimizers.SGD(0.001, momentum=0.9), False),
    "adam": train(optimizers.Adam(0.001), False),
}
print(json.dumps({"batches": batches().tolist(), "cases": cases}))
