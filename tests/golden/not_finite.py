"""What TensorFlow makes of values that are not finite.

Run as `python not_finite.py`, with TensorFlow 2.21; writes not_finite.json. The graphs are those of ops/*.json (made by
ops.py) and some of wider tensors, as networks have them. Each is fed as there but for a few values: one is NaN, or two
are infinite, at places that a seed draws.
"""

import base64
import json
import pathlib

import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
folder = pathlib.Path(__file__).parent
rng = np.random.default_rng(10)


def normal(*shape):
    return np.round(rng.standard_normal(shape), 2).astype(np.float32)


def spelled(value):
    # JSON has no such numbers.
    if np.isnan(value):
        return "NaN"
    if np.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return float(f"{value:.8g}")


def run(graph_text, feeds):
    definition = v1.GraphDef()
    definition.ParseFromString(base64.b64decode(graph_text))
    graph = tf.Graph()
    with graph.as_default():
        tf.import_graph_def(definition, name="")
    with v1.Session(graph=graph) as session:
        return session.run("result:0", {f"{name}:0": value for name, value in feeds.items()})


def built(name, build, x):
    """A case as ops.py makes them, without an output."""
    graph = tf.Graph()
    with graph.as_default():
        tf.identity(build(v1.placeholder(x.dtype, x.shape, name="x")), name="result")
    return {
        "name": name,
        "graph": base64.b64encode(graph.as_graph_def().SerializeToString()).decode(),
        "feeds": {"x": {"shape": list(x.shape), "data": [float(f"{value:.8g}") for value in x.ravel()]}},
    }


def wide():
    square, point, deep = normal(3, 3, 8, 16), normal(1, 1, 8, 16), normal(3, 3, 8, 1)
    matrix, bias = normal(20, 24), normal(16)
    image = normal(1, 6, 5, 8)
    relu, relu6 = tf.nn.relu, tf.nn.relu6
    return [
        built("conv2d 3x3, bias and Relu",
              lambda x: relu(tf.nn.bias_add(tf.nn.conv2d(x, square, 1, "SAME"), bias)), image),
        built("conv2d 1x1 and Relu6", lambda x: relu6(tf.nn.conv2d(x, point, 1, "VALID")), image),
        built("conv2d 3x3, stride 2", lambda x: tf.nn.conv2d(x, square, 2, "SAME"), image),
        built("depthwise and Relu6",
              lambda x: relu6(tf.nn.depthwise_conv2d(x, deep, [1, 1, 1, 1], "SAME")), image),
        built("MaxPool of fours", lambda x: tf.nn.max_pool2d(x, 3, 2, "SAME"), image),
        built("AvgPool of fours", lambda x: tf.nn.avg_pool2d(x, 3, 1, "SAME"), image),
        built("Mean of fours", lambda x: tf.reduce_mean(x, [1, 2]), image),
        built("Add and Relu", lambda x: relu(x + bias[:8]), image),
        built("Maximum with a scalar", lambda x: tf.maximum(x, np.float32(0.1)), image),
        built("Minimum of two", lambda x: tf.minimum(x, x * 2.0), image),
        built("matmul, Relu and Softmax", lambda x: tf.nn.softmax(relu(x @ matrix)), normal(2, 20)),
        built("Sigmoid of matmul", lambda x: tf.sigmoid(x @ matrix), normal(2, 20)),
        # NaN that the graph makes by itself.
        built("0 / 0 and Relu", lambda x: relu((x - x) / (x - x)), normal(4)),
        built("an overflow's difference and Relu6", lambda x: relu6(x * 1e30 * 1e30 - x * 1e30 * 1e30), normal(5)),
        built("Rsqrt below 0 and Relu", lambda x: relu(tf.math.rsqrt(x)), np.float32([-1, 0, 4, 1e-30])),
        built("Softmax of an overflow", lambda x: tf.nn.softmax(x * 1e30 * 1e30), normal(2, 3)),
        built("Softmax of minus infinity", lambda x: tf.nn.softmax(tf.minimum(x * 1e30 * 1e30, x)), normal(2, 4)),
        built("MaxPool of nothing else", lambda x: tf.nn.max_pool2d((x - x) / (x - x), 2, 2, "VALID"),
              normal(1, 2, 2, 4)),
    ]


def changed(case, values):
    """The feeds with some values at places that are drawn, and what was changed."""
    feeds = {
        name: np.array(feed["data"], np.float32).reshape(feed["shape"]) for name, feed in case["feeds"].items()
    }
    changes = []
    for value in values:
        name = rng.choice(list(feeds))
        place = int(rng.integers(feeds[name].size))
        feeds[name].ravel()[place] = value
        changes.append([str(name), place, spelled(value)])
    return feeds, changes


def tried(case):
    """What comes of a case with NaN, with infinities and, of those here, as it is."""
    for values in ([np.nan], [np.inf, -np.inf]):
        feeds, changes = changed(case, values)
        output = np.asarray(run(case["graph"], feeds))
        yield {"changes": changes, "output": [spelled(value) for value in output.ravel()]}


def main():
    results = []
    for path in sorted(folder.glob("ops/*.json")):
        for index, case in enumerate(json.loads(path.read_text())):
            if "CheckNumerics" in case["name"]:
                continue  # It refuses them.
            results.append({"op": path.stem, "index": index, "tried": list(tried(case))})
    for case in wide():
        feeds, changes = changed(case, [])
        output = [spelled(value) for value in np.asarray(run(case["graph"], feeds)).ravel()]
        results.append({**case, "tried": [{"changes": changes, "output": output}, *tried(case)]})
    text = ",\n".join(json.dumps(one, separators=(",", ":")) for one in results)
    (folder / "not_finite.json").write_text(f"[\n{text}\n]\n")


main()
