"""The classic tutorial's loop in TensorFlow, in float32: the mean loss of each of its 1,001 epochs.

    python tests/golden/classic.py > tests/golden/classic.json && deno fmt tests/golden/classic.json

Needs tensorflow. Rows, labels, the order of the rows and the Glorot start come
from generators that the test shares: `values` is `testValues` of
kernels/testing.ts, `Random` is that of src/bytes/random.ts, with stream 1 for
the order and 1000 for the weights.
"""
import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf

ROWS, FEATURES, CLASSES, BATCH, EPOCHS, RATE, SEED = 200, 48, 4, 64, 1001, 0.001, 7
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

    def uint32(self):
        drawn = philox4x32((self.counter & MASK, self.counter >> 32, 0, 0), (self.seed, self.stream))
        self.counter += 1
        return drawn

    def uniform(self):
        return (self.uint32() >> 8) / 2**24

    def below(self, n):
        while True:
            drawn = self.uint32()
            if drawn >= 2**32 % n:
                return drawn % n

    def shuffle(self, n):
        order = list(range(n))
        for last in range(n - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order


def glorot(fan_in, fan_out):
    random, limit = Random(SEED, 1000), (6 / (fan_in + fan_out)) ** 0.5
    drawn = [(2 * random.uniform() - 1) * limit for _ in range(fan_in * fan_out)]
    return np.array(drawn, np.float32).reshape(fan_in, fan_out)


labels = np.arange(ROWS) * 3 % CLASSES
rows = np.abs(values(ROWS * FEATURES, 1)).reshape(ROWS, FEATURES)
for row, label in enumerate(labels):
    rows[row, label::CLASSES] += np.float32(0.5)
order = np.array(Random(SEED, 1).shuffle(ROWS))[: ROWS // BATCH * BATCH].reshape(-1, BATCH)

weights = tf.Variable(glorot(FEATURES, CLASSES))
bias = tf.Variable(tf.zeros([CLASSES]))


@tf.function
def update(x, y):
    with tf.GradientTape() as tape:
        logits = tf.matmul(x, weights) + bias
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits))
    for variable, gradient in zip((weights, bias), tape.gradient(loss, (weights, bias))):
        variable.assign_sub(RATE * gradient)
    return loss


batches = [(tf.constant(rows[b]), tf.constant(labels[b], tf.int32)) for b in order]
losses = [float(np.mean([update(x, y) for x, y in batches])) for _ in range(EPOCHS)]
print(json.dumps({
    "order": order.tolist(),
    "losses": [float(f"{loss:.7g}") for loss in losses],
    "weights": [float(f"{w:.7g}") for w in weights.numpy().ravel()],
    "bias": [float(f"{b:.7g}") for b in bias.numpy()],
}))
