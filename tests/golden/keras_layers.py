"""How Keras lists the layers of MobileNet, and of a small network with branches, with its frozen graph.

    python tests/golden/keras_layers.py > tests/golden/keras_layers.json

Needs tensorflow. A node of the graph is `name op input ...`.
"""
import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

layers = tf.keras.layers


def branched():
    x = image = layers.Input((16, 16, 3))
    x = layers.Conv2D(4, 3, use_bias=False, name="stem")(x)
    x = layers.BatchNormalization(name="stem_bn")(x)
    x = layers.ReLU(6.0, name="stem_relu")(x)
    x = layers.ZeroPadding2D(((0, 1), (0, 1)), name="pad")(x)
    long = layers.DepthwiseConv2D(3, padding="same", name="long_dw")(x)
    long = layers.ReLU(name="long_relu")(long)
    long = layers.Conv2D(4, 1, name="long_pw")(long)
    short = layers.Conv2D(4, 1, name="short")(x)
    x = layers.Add(name="add")([short, long])
    one = layers.Conv2D(2, 1, name="one")(x)
    two = layers.Conv2D(2, 3, padding="same", name="two")(x)
    pool = layers.AveragePooling2D(3, 1, padding="same", name="pool")(x)
    x = layers.Concatenate(name="join")([one, two, pool])
    return tf.keras.Model(image, layers.GlobalAveragePooling2D(name="features")(x), name="branched")


def frozen(model):
    call = tf.function(lambda x: model(x, training=False))
    shape = [1, *model.input_shape[1:]]
    concrete = call.get_concrete_function(tf.TensorSpec(shape, tf.float32, name="input"))
    nodes = convert_variables_to_constants_v2(concrete).graph.as_graph_def().node
    return [" ".join([node.name, node.op, *node.input]) for node in nodes]


model = branched()
mobilenet = tf.keras.applications.MobileNet(weights=None, include_top=False, pooling="avg", input_shape=(128, 128, 3))
print(json.dumps({
    "layers": [layer.name for layer in model.layers],
    "nodes": frozen(model),
    "mobilenet": [layer.name for layer in mobilenet.layers],
}))
