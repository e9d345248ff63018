"""TensorFlow's session on the CPU as a peer: `tensorflow_peer.py [FOLDER]`."""

import json
import os
import sys

import numpy as np

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf

from answer import serve, timed

v1 = tf.compat.v1
v1.disable_eager_execution()


def open_forward(folder):
    """The frozen graph of the folder: a batch to the features of so many pictures."""
    with open(os.path.join(folder, "net.json")) as file:
        facts = json.load(file)
    definition = v1.GraphDef()
    with open(os.path.join(folder, "graph.pb"), "rb") as file:
        definition.ParseFromString(file.read())
    graph = tf.Graph()
    with graph.as_default():
        tf.import_graph_def(definition, name="")
    session = v1.Session(graph=graph)
    shape = [-1, *facts["shape"]]
    pixels = np.fromfile(os.path.join(folder, "pixels.bin"), "<f4").reshape(shape)
    names = {key: name + ":0" for key, name in facts["nodes"].items()}
    return lambda batch: session.run(names["output"], {names["input"]: pixels[:batch]})


def open_head(head):
    """A head and its SGD: a number of steps to nothing."""
    x = v1.placeholder(tf.float32, [None, head["features"]])
    y = v1.placeholder(tf.float32, [None, head["classes"]])
    weights = v1.Variable(tf.zeros([head["features"], head["classes"]]))
    bias = v1.Variable(tf.zeros([head["classes"]]))
    loss = tf.reduce_mean(
        tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=x @ weights + bias)
    )
    update = v1.train.GradientDescentOptimizer(0.001).minimize(loss)
    session = v1.Session()
    session.run(v1.global_variables_initializer())
    rows = np.random.rand(head["dataRows"], head["features"]).astype("f")
    labels = np.arange(head["dataRows"]) % head["classes"]
    classes = np.eye(head["classes"], dtype="f")[labels]
    batch = head["batch"]

    def train(steps):
        for step in range(steps):
            at = step * batch % head["dataRows"]
            session.run(update, {x: rows[at : at + batch], y: classes[at : at + batch]})

    return train


def main():
    answers = {}
    if len(sys.argv) > 1:
        forward = open_forward(sys.argv[1])
        answers["features"] = lambda request: {
            "features": forward(request["batch"]).ravel().tolist()
        }
        answers["forward"] = lambda request: timed(lambda: forward(request["batch"]))
    heads = []

    def head(request):
        if not heads:
            heads.append(open_head(request))
        parameters = (request["features"] + 1) * request["classes"]
        return {"parameters": parameters, **timed(lambda: heads[0](request["steps"]))}

    answers["head"] = head
    serve("TensorFlow " + tf.__version__, answers)


main()
