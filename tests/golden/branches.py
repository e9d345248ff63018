"""Loss and gradients of a small net with what large ones are made of, by TensorFlow in float64.

    python tests/golden/branches.py > tests/golden/branches.json

Needs tensorflow. Strided and dilated convolutions with uneven SAME padding, an
explicit pad, batch norms with fixed statistics, a depthwise convolution, relu6, a
residual sum, a concatenation, both pools and the mean of height and width. The
frozen graph is in the file, as Keras would freeze it; its images come from
`testValues` of kernels/testing.ts. Gradients are those of the folded weights:
filters and biases after each batch norm has gone into them.
"""
import base64
import json

import numpy as np
import tensorflow as tf

BATCH, SIZE, CLASSES = 3, 11, 4
MASK = 0xFFFFFFFF
v1 = tf.compat.v1


def values(length, seed):
    state = seed * 2654435761 & MASK
    out = []
    for _ in range(length):
        state = (state * 1664525 + 1013904223) & MASK
        out.append(state / 2**31 - 1)
    return np.array(out, np.float32)


seeds = iter(range(1, 100))


def weights(*shape, scale=1.0):
    return (values(int(np.prod(shape)), next(seeds)) * np.float32(scale)).reshape(shape)


FILTERS = {
    "stem": weights(3, 3, 3, 6, scale=0.5),
    "deep": weights(3, 3, 6, 1, scale=0.7),
    "wide": weights(3, 3, 6, 4, scale=0.3),
    "mixed": weights(1, 1, 16, 6, scale=0.6),
    "dense": weights(6, CLASSES, scale=2),
}
NORMS = {
    name: (
        1 + weights(channels) / 2, weights(channels, scale=0.3),
        weights(channels, scale=0.2), 1 + weights(channels) / 2,
    )
    for name, channels in [("stem", 6), ("deep", 6), ("mixed", 6)]
}
BIASES = {"wide": weights(4, scale=0.2), "dense": weights(CLASSES, scale=0.2)}


def folded():
    """Filters and biases with the batch norms in them, in float64, by layer."""
    parameters = {}
    for name, filters in FILTERS.items():
        filters = filters.astype(np.float64)
        if name in NORMS:
            gamma, beta, mean, variance = (array.astype(np.float64) for array in NORMS[name])
            factor = gamma / np.sqrt(variance + np.float64(np.float32(1e-3)))
            filters = filters * (factor[:, None] if name == "deep" else factor)
            bias = beta - mean * factor
        else:
            bias = BIASES[name].astype(np.float64)
        # Folding rounds to float32 once, as the weights that are trained are.
        parameters[name] = [tf.Variable(array.astype(np.float32).astype(np.float64)) for array in (filters, bias)]
    return parameters


def network(x, layer, dilated):
    """`layer(name, convolution)` adds what comes after a convolution."""
    x = tf.pad(x, [[0, 0], [2, 1], [1, 2], [0, 0]])
    stem = tf.nn.relu6(layer("stem", lambda w: tf.nn.conv2d(x, w, 2, "VALID")))
    deep = tf.nn.relu(layer("deep", lambda w: tf.nn.depthwise_conv2d(stem, w, [1, 1, 1, 1], "SAME")))
    wide = tf.nn.relu(layer("wide", lambda w: dilated(stem, w)))
    joined = tf.concat([deep, wide, tf.nn.max_pool2d(stem, 3, 1, "SAME")], 3)
    mixed = layer("mixed", lambda w: tf.nn.conv2d(joined, w, 1, "SAME"))
    summed = tf.nn.relu(mixed + stem)
    pooled = tf.nn.avg_pool2d(summed, 3, 2, "SAME")
    return layer("dense", lambda w: tf.matmul(tf.reduce_mean(pooled, [1, 2]), w))


def frozen():
    graph = v1.Graph()
    with graph.as_default():
        def layer(name, convolution):
            y = convolution(tf.constant(FILTERS[name], name=f"{name}/filter"))
            if name not in NORMS:
                return tf.nn.bias_add(y, tf.constant(BIASES[name]), name=name)
            gamma, beta, mean, variance = NORMS[name]
            return v1.nn.fused_batch_norm(
                y, gamma, beta, mean, variance, epsilon=1e-3, is_training=False, name=name)[0]
        images = v1.placeholder(tf.float32, [1, SIZE, SIZE, 3], "images")
        network(images, layer, lambda x, w: tf.nn.conv2d(x, w, 1, "SAME", dilations=2))
    return graph.as_graph_def().SerializeToString()


parameters = folded()
images = values(BATCH * SIZE * SIZE * 3, 100).astype(np.float64).reshape(BATCH, SIZE, SIZE, 3)
labels = np.arange(BATCH) * 2 % CLASSES
with tf.GradientTape() as tape:
    def layer(name, convolution):
        filters, bias = parameters[name]
        return convolution(filters) + bias
    # On a CPU only this form of a dilated convolution has gradients.
    logits = network(tf.constant(images), layer, lambda x, w: tf.nn.atrous_conv2d(x, w, 2, "SAME"))
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
gradients = tape.gradient(loss, parameters)
print(json.dumps({
    "graph": base64.b64encode(frozen()).decode(),
    "loss": float(loss),
    "gradients": [
        {"layer": name, "part": part, "values": [float(f"{value:.8g}") for value in array.numpy().ravel()]}
        for name, pair in gradients.items() for part, array in zip(["filter", "bias"], pair)
    ],
}, indent=1))
