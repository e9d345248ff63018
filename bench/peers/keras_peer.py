"""Keras on TensorFlow's CPU as a peer: trains whole networks by `train_on_batch`."""

import os

import numpy as np

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf

from answer import serve, timed

keras = tf.keras
layers = keras.layers

# Filters and strides of MobileNet v1 0.25, block by block.
BLOCKS = [(16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2)]
BLOCKS += [(128, 1)] * 5 + [(256, 2), (256, 1)]


def small_cnn(images, has_norms):
    x = layers.Conv2D(32, 3, activation="relu")(images)
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(64, 3, activation="relu")(x)
    x = layers.Flatten()(layers.MaxPooling2D()(x))
    return layers.Dropout(0.5)(layers.Dense(64, activation="relu")(x))


def mobilenet(images, has_norms):
    """A folded batch norm is the bias of the convolution before it."""
    same = {"padding": "same", "use_bias": not has_norms}

    def activated(x):
        if has_norms:
            x = layers.BatchNormalization()(x)
        return layers.ReLU(max_value=6)(x)

    x = activated(layers.Conv2D(8, 3, strides=2, **same)(images))
    for filters, strides in BLOCKS:
        x = activated(layers.DepthwiseConv2D(3, strides=strides, **same)(x))
        x = activated(layers.Conv2D(filters, 1, **same)(x))
    return layers.GlobalAveragePooling2D()(x)


def resnet50(images, has_norms):
    if not has_norms:
        raise ValueError("its ResNet-50 has batch norms")
    body = keras.applications.ResNet50(
        weights=None, include_top=False, pooling="avg", input_tensor=images
    )
    return body.output


NETWORKS = {"small CNN": small_cnn, "MobileNet 0.25": mobilenet, "ResNet-50": resnet50}


def open_network(task):
    images = keras.Input((task["size"], task["size"], task["channels"]))
    features = NETWORKS[task["name"]](images, task["norms"] == "trained")
    outputs = layers.Dense(task["classes"], activation="softmax")(features)
    model = keras.Model(images, outputs)
    model.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy")
    shape = (task["batch"], task["size"], task["size"], task["channels"])
    x = np.random.rand(*shape).astype("f")
    y = np.arange(task["batch"]) % task["classes"]
    parameters = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)

    def train(steps):
        for _ in range(steps):
            model.train_on_batch(x, y)

    return parameters, train


def main():
    opened = []

    def network(request):
        if not opened:
            opened.append(open_network(request))
        parameters, train = opened[0]
        return {"parameters": parameters, **timed(lambda: train(request["steps"]))}

    version = f"Keras {keras.__version__} on TensorFlow {tf.__version__}"
    serve(version, {"network": network})


main()
