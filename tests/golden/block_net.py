"""TensorFlow's features of the net in block_net.json: makes block_net_features.json.

Needs tensorflow-cpu (2.x) and numpy. Run it from anywhere:

    python tests/golden/block_net.py

The weights are not kept. Tensor k of layer i (counted from 0) is made by a linear
congruential generator with seed 8 i + k + 1, as `weights` below and its twin in block_net.ts:
filter (k = 0), mean, variance, beta and gamma.
"""
import json
import math
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import tensorflow as tf

v1, raw = tf.compat.v1, tf.raw_ops
folder = pathlib.Path(__file__).parent
images = folder.parent / "fixtures" / "images"
pictures = ["baseline_420.jpg", "baseline_444.jpg", "gray.jpg", "progressive.jpg"]
epsilon = 0.001


def weights(seed, shape, low, high):
    """Float32 in low..high; state / 2^31 - 1 is rounded to float32 first."""
    state = seed * 2654435761 % 2**32
    values = np.empty(math.prod(shape), np.float32)
    for index in range(values.size):
        state = (state * 1664525 + 1013904223) % 2**32
        unit = float(np.float32(state / 2**31 - 1))
        values[index] = (low + high) / 2 + (high - low) / 2 * unit
    return values.reshape(shape)


def normalised(layer, seed, x):
    channels = [layer["filters"]]
    ranges = [(-0.2, 0.2), (0.5, 1.5), (-0.2, 0.4), (0.7, 1.3)]
    mean, variance, beta, gamma = (
        weights(seed + 1 + k, channels, *ends) for k, ends in enumerate(ranges))
    match layer["norm"]:
        case "global" | "fused":
            return raw.FusedBatchNorm(
                x=x, scale=gamma, offset=beta, mean=mean, variance=variance, epsilon=epsilon,
                is_training=False, name=f"{layer['name']}/{layer['norm']}_norm")[0]
        case "spelled":
            scale = tf.math.rsqrt(tf.constant(variance) + np.float32(epsilon)) * gamma
            return raw.Add(x=x * scale, y=beta - mean * scale)


def add(layer, index, values):
    xs = [values[name] for name in layer["of"]]
    if layer["op"] == "concat":
        return raw.Concat(concat_dim=3, values=xs)
    strides = [1, layer["stride"], layer["stride"], 1]
    if layer["op"] != "conv":
        pool = raw.MaxPool if layer["op"] == "max_pool" else raw.AvgPool
        sizes = {"ksize": [1, *layer["window"], 1], "strides": strides, "padding": layer["padding"]}
        return pool(input=xs[0], **sizes) if pool is raw.MaxPool else pool(value=xs[0], **sizes)
    shape = [*layer["window"], xs[0].shape[3], layer["filters"]]
    bound = math.sqrt(6 / math.prod(shape[:3]))
    seed = 8 * index + 1
    product = raw.Conv2D(input=xs[0], filter=weights(seed, shape, -bound, bound), strides=strides,
                         padding=layer["padding"])
    return tf.nn.relu(normalised(layer, seed, product))


def net(spec):
    contents = v1.placeholder(tf.string, [], name="contents")
    decoded = raw.DecodeJpeg(contents=contents, channels=3, dct_method="INTEGER_ACCURATE")
    image = tf.expand_dims(tf.cast(decoded, tf.float32), 0)
    resized = raw.ResizeBilinear(images=image, size=[spec["size"], spec["size"]])
    values = {"pixels": (resized - np.float32(128)) * np.float32(1 / 128)}
    for index, layer in enumerate(spec["layers"]):
        values[layer["name"]] = add(layer, index, values)
    last = values[spec["layers"][-1]["name"]]
    tf.reshape(last, [1, last.shape[3]], name="features")


def with_global_norms(definition):
    """TensorFlow's Python does not build the op of 2015's Inception any more, but runs it."""
    for node in definition.node:
        if not node.name.endswith("/global_norm"):
            continue
        x, gamma, beta, mean, variance = node.input
        node.op = "BatchNormWithGlobalNormalization"
        del node.input[:]
        node.input.extend([x, mean, variance, beta, gamma])
        node.attr.clear()
        node.attr["T"].type = tf.float32.as_datatype_enum
        node.attr["variance_epsilon"].f = epsilon
        node.attr["scale_after_normalization"].b = True
    definition.versions.producer = 8
    definition.versions.min_consumer = 0
    return definition


def main():
    spec = json.loads((folder / "block_net.json").read_text())
    built, graph = tf.Graph(), tf.Graph()
    with built.as_default():
        net(spec)
    with graph.as_default():
        tf.import_graph_def(with_global_norms(built.as_graph_def()), name="")
    features = {}
    with v1.Session(graph=graph) as session:
        for name in pictures:
            feeds = {"contents:0": (images / name).read_bytes()}
            row = session.run("features:0", feeds)[0]
            features[name] = [float(f"{value:.8g}") for value in row]
    (folder / "block_net_features.json").write_text(json.dumps(features, indent=1) + "\n")


main()
