"""TensorFlow on the CPU as a peer: answers requests, a JSON object a line."""

import json
import os
import sys
import time

import numpy as np

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf

v1 = tf.compat.v1
v1.disable_eager_execution()
folder = sys.argv[1]


def open_forward(tensors):
    definition = v1.GraphDef()
    with open(os.path.join(folder, "graph.pb"), "rb") as file:
        definition.ParseFromString(file.read())
    graph = tf.Graph()
    with graph.as_default():
        tf.import_graph_def(definition, name="")
    session = v1.Session(graph=graph)
    pixels = np.fromfile(os.path.join(folder, "pixels.bin"), "<f4")
    feed = {named(tensors["input"]): pixels.reshape(tensors["shape"])}
    return lambda: session.run(named(tensors["output"]), feed).reshape(-1)


def named(tensor):
    return tensor if ":" in tensor else tensor + ":0"


def open_head(head):
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

    train(50)
    return train


def main():
    with open(os.path.join(folder, "tensors.json")) as file:
        tensors = json.load(file)
    forward = open_forward(tensors)
    train = open_head(tensors["head"])
    for line in sys.stdin:
        request = json.loads(line)
        answer = {"version": "TensorFlow " + tf.__version__}
        start = time.perf_counter()
        if request["ask"] == "features":
            answer["features"] = forward().tolist()
        elif request["ask"] == "forward":
            forward()
            answer["milliseconds"] = (time.perf_counter() - start) * 1000
        elif request["ask"] == "network":
            answer["milliseconds"] = None
        else:
            train(request["steps"])
            answer["milliseconds"] = (time.perf_counter() - start) * 1000
        print(json.dumps(answer, separators=(",", ":")), flush=True)


main()
