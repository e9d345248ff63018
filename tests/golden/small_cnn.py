"""Ten losses, and the gradients of the first, of a small CNN trained by Keras in float64.

    python tests/golden/small_cnn.py > tests/golden/small_cnn.json && deno fmt tests/golden/small_cnn.json

Needs tensorflow. Images and weights come from a generator that the test shares:
`values` is `testValues` of kernels/testing.ts. OneCycle is written out as
PyTorch's OneCycleLR has it (with its cycle of beta1), over Keras's Adam.
"""
import json
import math

import keras
import numpy as np
import tensorflow as tf

keras.backend.set_floatx("float64")
BATCH, STEPS, SIZE, CLASSES = 8, 10, 12, 10
MASK = 0xFFFFFFFF


def values(length, seed):
    state = seed * 2654435761 & MASK
    out = []
    for _ in range(length):
        state = (state * 1664525 + 1013904223) & MASK
        out.append(state / 2**31 - 1)
    return np.array(out, np.float32)


def model():
    layers = keras.layers
    net = keras.Sequential([
        keras.Input((SIZE, SIZE, 1)),
        layers.Conv2D(4, 3, padding="same", activation="relu"),
        layers.MaxPool2D(2, padding="same"),
        layers.Conv2D(8, 3, padding="same", activation="relu"),
        layers.MaxPool2D(3, 2, padding="same"),
        layers.Flatten(),
        layers.Dense(16, activation="relu"),
        layers.Dense(CLASSES),
    ])
    # A kernel and its bias for each layer, kernels scaled to keep their input's size.
    weights = []
    for index, weight in enumerate(net.weights):
        fan_in = math.prod(weight.shape[:-1]) if len(weight.shape) > 1 else 400
        scale = np.float32(2 / math.sqrt(fan_in))
        weights.append((values(math.prod(weight.shape), index + 1) * scale).reshape(weight.shape))
    net.set_weights(weights)
    return net


rows = BATCH * STEPS
IMAGES = values(rows * SIZE * SIZE, 100).astype(np.float64).reshape(STEPS, BATCH, SIZE, SIZE, 1)
LABELS = (np.arange(rows) * 7 % CLASSES).reshape(STEPS, BATCH)


def gradients_of(net, step):
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    with tf.GradientTape() as tape:
        loss = loss_of(LABELS[step], net(IMAGES[step]))
    variables = [weight.value for weight in net.trainable_weights]
    return float(loss), tape.gradient(loss, variables)


def losses_of(update):
    net = model()
    losses = []
    for step in range(STEPS):
        loss, gradients = gradients_of(net, step)
        losses.append(loss)
        update(net, gradients, step)
    return losses


def keras_update(optimizer):
    def update(net, gradients, _):
        optimizer.apply_gradients(zip(gradients, net.trainable_weights))
    return update


def one_cycle(highest, total):
    """PyTorch's OneCycleLR with its defaults, over Adam with epsilon as Keras has it."""
    moments = {}

    def anneal(start, end, share):
        return end + (start - end) / 2 * (1 + math.cos(math.pi * share))

    def update(net, gradients, step):
        turn, end = 0.3 * total - 1, total - 1
        first = highest / 25
        if step <= turn:
            rate = anneal(first, highest, step / turn)
            beta1 = anneal(0.95, 0.85, step / turn)
        else:
            share = (step - turn) / (end - turn)
            rate = anneal(highest, first / 1e4, share)
            beta1 = anneal(0.85, 0.95, share)
        for index, gradient in enumerate(gradients):
            g = gradient.numpy()
            m, v = moments.get(index, (0, 0))
            m, v = beta1 * m + (1 - beta1) * g, 0.999 * v + 0.001 * g * g
            moments[index] = (m, v)
            corrected = rate * math.sqrt(1 - 0.999 ** (step + 1)) / (1 - beta1 ** (step + 1))
            weight = net.trainable_weights[index]
            weight.assign(weight - corrected * m / (np.sqrt(v) + 1e-7))

    return update


def rounded(array):
    return [float(f"{value:.8g}") for value in np.asarray(array).ravel()]


optimizers = keras.optimizers


def adamw():
    optimizer = optimizers.AdamW(0.003, weight_decay=0.1)
    return optimizer


def decayed(optimizer):
    net_update = keras_update(optimizer)

    def update(net, gradients, step):
        if step == 0:
            biases = [weight for weight in net.trainable_weights if len(weight.shape) == 1]
            optimizer.exclude_from_weight_decay(var_list=biases)
        net_update(net, gradients, step)

    return update


def penalised(optimizer, factor):
    """L2 as PyTorch's weight_decay: added to the gradient of all but biases."""
    net_update = keras_update(optimizer)

    def update(net, gradients, step):
        added = [
            gradient + factor * weight.value if len(weight.shape) > 1 else gradient
            for gradient, weight in zip(gradients, net.trainable_weights)
        ]
        net_update(net, added, step)

    return update


net = model()
_, first = gradients_of(net, 0)
print(json.dumps({
    "losses": {
        "adam": losses_of(keras_update(optimizers.Adam(0.003))),
        "momentum": losses_of(keras_update(optimizers.SGD(0.05, momentum=0.9))),
        "nesterov": losses_of(keras_update(optimizers.SGD(0.05, momentum=0.9, nesterov=True))),
        "adamw": losses_of(decayed(adamw())),
        "penalty": losses_of(penalised(optimizers.SGD(0.05), 0.1)),
        "onecycle": losses_of(one_cycle(0.01, STEPS)),
        "clipped by value": losses_of(keras_update(optimizers.SGD(0.05, clipvalue=0.02))),
        "clipped by norm": losses_of(keras_update(optimizers.SGD(0.05, global_clipnorm=0.5))),
    },
    "gradients": [rounded(gradient) for gradient in first],
}))
