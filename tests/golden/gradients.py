"""Gradients of single ops, by TensorFlow: makes gradients/*.json.

    python tests/golden/gradients.py && deno fmt tests/golden/gradients

Needs tensorflow (2.x, with Keras 3). Tensors come from `values`, which is
`testValues` of kernels/testing.ts: each case says which seed made which tensor.
The slope of every output is seed 9. Gradients are computed in float64 where
TensorFlow has them, so that a comparison measures the kernels' own error.
"""
import json
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np
import tensorflow as tf

HERE = pathlib.Path(__file__).parent / "gradients"
SLOPE = 9


def values(shape, seed, scale=1.0):
    state = seed * 2654435761 & 0xFFFFFFFF
    out = []
    for _ in range(int(np.prod(shape))):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        out.append(state / 2**31 - 1)
    return (np.array(out, np.float32) * np.float32(scale)).reshape(shape)


def numbers(tensor):
    return [float(f"{value:.9g}") for value in np.asarray(tensor, np.float64).ravel()]


def gradients(function, tensors, dtype=tf.float64):
    """Of the sum of the output times its slope, by name."""
    inputs = {name: tf.constant(value, dtype) for name, value in tensors.items()}
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        y = function(**inputs)
        total = tf.reduce_sum(y * tf.constant(values(y.shape, SLOPE), dtype))
    found = tape.gradient(total, inputs)
    return {name: numbers(gradient) for name, gradient in found.items()}


def conv(name, x, w, stride, padding, dilation=1):
    tensors = {"x": values(x, 1), "w": values(w, 2)}
    if dilation > 1:
        # The CPU has no gradient of a dilated Conv2D; this is the same sum.
        def function(x, w):
            return tf.nn.atrous_conv2d(x, w, dilation, padding)
    else:
        def function(x, w):
            return tf.nn.conv2d(x, w, stride, padding)
    return {"name": name, "x": x, "w": w, "stride": stride, "padding": padding,
            "dilation": dilation, "gradients": gradients(function, tensors)}


def depthwise(name, x, w, stride, padding):
    tensors = {"x": values(x, 1), "w": values(w, 2)}

    def function(x, w):
        return tf.nn.depthwise_conv2d(x, w, [1, stride, stride, 1], padding)
    return {"name": name, "x": x, "w": w, "stride": stride, "padding": padding,
            "dilation": 1, "gradients": gradients(function, tensors)}


def pool(name, kind, x, window, stride, padding, levels):
    """With few levels there are ties: x is rounded to steps of 1 / levels."""
    tensors = {"x": np.round(values(x, 1, levels))}
    operation = tf.nn.max_pool2d if kind == "max" else tf.nn.avg_pool2d

    def function(x):
        return operation(x, window, stride, padding)
    return {"name": name, "kind": kind, "x": x, "window": window, "stride": stride,
            "padding": padding, "levels": levels,
            "gradients": gradients(function, tensors, tf.float32)}


def batch_norm(name, x, offset, epsilon, momentum):
    """Keras 3 in training: output, gradients and the moving averages after one batch."""
    channels = x[-1]
    keras.backend.set_floatx("float64")
    layer = keras.layers.BatchNormalization(epsilon=epsilon, momentum=momentum)
    layer.build(x)
    gamma, beta = values([channels], 2), values([channels], 3)
    layer.gamma.assign(gamma)
    layer.beta.assign(beta)
    data = tf.constant(values(x, 1) + np.float32(offset), tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(data)
        y = layer(data, training=True)
        total = tf.reduce_sum(y * values(y.shape, SLOPE).astype(np.float64))
    dx, dgamma, dbeta = tape.gradient(
        total, [data, layer.gamma.value, layer.beta.value])
    images = (values(x, 1) + np.float32(offset)).reshape(-1, 1, 1, channels)
    fused = tf.compat.v1.nn.fused_batch_norm(images, gamma, beta, epsilon=epsilon)
    return {"name": name, "x": x, "offset": offset, "epsilon": epsilon,
            "momentum": momentum, "y": numbers(y),
            "movingMean": numbers(layer.moving_mean),
            "movingVariance": numbers(layer.moving_variance),
            "fusedVariance": numbers(fused[2]),
            "gradients": {"x": numbers(dx), "gamma": numbers(dgamma), "beta": numbers(dbeta)}}


def sigmoid(name, rows, scale, smoothing, weights):
    labels = np.arange(rows) * 5 % 7 % 2
    logits = tf.constant(values([rows], 1, scale), tf.float64)
    loss_of = keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=smoothing)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = loss_of(labels.reshape(-1, 1).astype(np.float64), logits[:, None],
                       sample_weight=np.array(weights)[labels])
    return {"name": name, "rows": rows, "scale": scale, "smoothing": smoothing,
            "classWeights": weights, "loss": float(loss),
            "gradients": {"logits": numbers(tape.gradient(loss, logits))}}


def softmax(name, rows, classes, scale):
    labels = np.arange(rows) * 5 % 7 % classes
    logits = tf.constant(values([rows, classes], 1, scale), tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = tf.reduce_mean(
            tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
    return {"name": name, "rows": rows, "classes": classes, "scale": scale,
            "loss": float(loss), "gradients": {"logits": numbers(tape.gradient(loss, logits))}}


FILES = {
    "conv2d": [
        conv("3x3, SAME", [1, 5, 4, 4], [3, 3, 4, 8], 1, "SAME"),
        conv("3x3, stride 2, SAME on an even size, which pads below and right", [1, 6, 8, 3], [3, 3, 3, 5], 2, "SAME"),
        conv("5x5, stride 3, VALID, which leaves a border unread", [1, 9, 12, 2], [5, 5, 2, 3], 3, "VALID"),
        conv("2x2, SAME, padded on one side", [1, 5, 4, 4], [2, 2, 4, 4], 1, "SAME"),
        conv("3x3, dilated by 2, SAME", [1, 6, 7, 4], [3, 3, 4, 4], 1, "SAME", 2),
        conv("3x3, dilated by 2, VALID", [1, 6, 7, 3], [3, 3, 3, 4], 1, "VALID", 2),
        conv("1x1, stride 2", [1, 5, 5, 4], [1, 1, 4, 8], 2, "SAME"),
    ],
    "depthwise": [
        depthwise("3x3, SAME", [2, 6, 5, 8], [3, 3, 8, 1], 1, "SAME"),
        depthwise("3x3, stride 2, SAME on an even size", [1, 8, 6, 8], [3, 3, 8, 1], 2, "SAME"),
        depthwise("3x3, two filters a channel, VALID", [1, 6, 7, 3], [3, 3, 3, 2], 1, "VALID"),
        depthwise("5x5, three filters a channel, stride 2, SAME", [1, 7, 7, 2], [5, 5, 2, 3], 2, "SAME"),
    ],
    "pool": [
        pool("max of 2x2, ties", "max", [2, 6, 6, 4], 2, 2, "VALID", 1),
        pool("max of 3x3, stride 2, SAME, ties in overlapping windows", "max", [2, 8, 7, 4], 3, 2, "SAME", 2),
        pool("max of 3x3, stride 1, SAME, ties", "max", [1, 6, 5, 3], 3, 1, "SAME", 1),
        pool("max of 3x3, stride 2, VALID, no ties", "max", [1, 8, 8, 4], 3, 2, "VALID", 1000),
        pool("average of 3x3, SAME, padding left out", "average", [2, 6, 5, 4], 3, 1, "SAME", 1000),
        pool("average of 2x2, stride 2, SAME on an odd size", "average", [1, 7, 5, 3], 2, 2, "SAME", 1000),
    ],
    "batch_norm": [
        batch_norm("around 0", [2, 5, 4, 4], 0, 1e-3, 0.99),
        batch_norm("far from 0", [3, 4, 4, 3], 50, 1e-3, 0.9),
        batch_norm("rows", [16, 5], 1, 1e-5, 0.9),
    ],
    "cross_entropy": {
        "sigmoid": [
            sigmoid("plain", 20, 4, 0.0, [1.0, 1.0]),
            sigmoid("smoothed, large logits", 20, 40, 0.1, [1.0, 1.0]),
            sigmoid("with class weights", 20, 4, 0.0, [0.5, 3.0]),
        ],
        "softmax": [
            softmax("three classes", 12, 3, 4),
            softmax("eight classes, large logits", 10, 8, 60),
        ],
    },
}
for name, cases in FILES.items():
    (HERE / f"{name}.json").write_text(json.dumps(cases))
