"""Small files of weights as Keras writes them, and what they hold.

    python tests/golden/weights_keras.py

Needs keras with any backend, and h5py. Writes tests/golden/weights/keras*, and
keras.json: the tensors by layer and role as [shape, values]. What Keras 2 wrote is
made with h5py, by its names: whole texts of bytes, and ":0" after each weight.
"""
import json
import math
import pathlib

import h5py
import keras
import numpy as np
from keras import layers

FOLDER = pathlib.Path(__file__).parent / "weights"


def ramp(shape, start):
    return ((np.arange(math.prod(shape)) + start) / 8).reshape(shape).astype(np.float32)


def net():
    x = image = keras.Input((8, 8, 3), name="image")
    x = layers.Conv2D(4, 3, use_bias=False, name="conv1")(x)
    x = layers.BatchNormalization(name="conv1_bn")(x)
    x = layers.ReLU(name="conv1_relu")(x)
    x = layers.DepthwiseConv2D(3, use_bias=False, name="conv_dw_1")(x)
    x = layers.BatchNormalization(scale=False, name="conv_dw_1_bn")(x)
    x = layers.SeparableConv2D(2, 1, name="block14_sepconv1")(x)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.Dense(3, name="predictions")(x)
    model = keras.Model(image, x, name="net")
    for start, weight in enumerate(model.weights):
        weight.assign(ramp(weight.shape, start))
    return model


def role(layer, weight):
    """Depthwise layers have one kernel, which Keras 2 called depthwise_kernel."""
    return "kernel" if isinstance(layer, layers.DepthwiseConv2D) and weight.name != "bias" else weight.name


def keras_2_names(layer):
    names = [weight.name for weight in layer.weights]
    if isinstance(layer, layers.DepthwiseConv2D):
        names = [name.replace("kernel", "depthwise_kernel") for name in names]
    return [f"{layer.name}/{name}:0" for name in names]


def write_keras_2(group, model):
    group.attrs["layer_names"] = np.array([layer.name.encode() for layer in model.layers])
    group.attrs["backend"] = b"tensorflow"
    group.attrs["keras_version"] = b"2.11.0"
    for layer in model.layers:
        own = group.create_group(layer.name)
        names = keras_2_names(layer)
        own.attrs["weight_names"] = np.array([name.encode() for name in names])
        for name, weight in zip(names, layer.weights):
            own[name] = np.array(weight)


model = net()
model.save_weights(FOLDER / "keras_3.weights.h5")
model.save(FOLDER / "keras_3.keras")
model.save(FOLDER / "keras_3_model.h5")
with h5py.File(FOLDER / "keras_2_weights.h5", "w") as file:
    write_keras_2(file, model)
with h5py.File(FOLDER / "keras_2_model.h5", "w") as file:
    # A backbone within a model, as transfer learning makes it.
    file.attrs["model_config"] = b"{}"
    group = file.create_group("model_weights")
    group.attrs["layer_names"] = np.array([b"input_1", b"net"])
    group.create_group("input_1").attrs["weight_names"] = np.array([], dtype="S1")
    own = group.create_group("net")
    names = [name for layer in model.layers for name in keras_2_names(layer)]
    own.attrs["weight_names"] = np.array([name.encode() for name in names])
    weights = [weight for layer in model.layers for weight in layer.weights]
    for name, weight in zip(names, weights):
        own.create_dataset(name, data=np.array(weight), chunks=True, compression="gzip", shuffle=True)
with h5py.File(FOLDER / "keras_1_weights.h5", "w") as file:
    # VGG's official files were written so, and are still what Keras fetches.
    file.attrs["layer_names"] = np.array([b"input_1", b"conv1", b"conv1_bn", b"predictions"])
    roles = {
        "input_1": {},
        "conv1": {"W": "kernel"},
        "conv1_bn": {"gamma": "gamma", "beta": "beta", "running_mean": "moving_mean", "running_std": "moving_variance"},
        "predictions": {"W": "kernel", "b": "bias"},
    }
    for layer, names in roles.items():
        own = file.create_group(layer)
        own.attrs["weight_names"] = np.array([f"{layer}_{name}_1:0".encode() for name in names], dtype="S40")
        for name, role_now in names.items():
            weight = next(one for one in model.get_layer(layer).weights if one.name == role_now)
            own[f"{layer}_{name}_1:0"] = np.array(weight)

goldens = {
    f"{layer.name}/{role(layer, weight)}": [list(weight.shape), np.array(weight).flatten().tolist()]
    for layer in model.layers
    for weight in layer.weights
}
text = ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in goldens.items())
(FOLDER / "keras.json").write_text(f"{{\n{text}\n}}\n")
