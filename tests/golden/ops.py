"""What TensorFlow computes for small graphs of one op each: makes ops/*.json.

Needs tensorflow-cpu (2.x) and numpy. Run it from anywhere:

    python tests/golden/ops.py

Each file is a list of cases:
    name     what is special about it
    graph    a frozen GraphDef, base64
    feeds    {placeholder: {shape, data}}; data is row-major
    fetch    the tensor to compute
    output   {shape, data}
"""
import base64
import json
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import tensorflow as tf

v1 = tf.compat.v1
raw = tf.raw_ops
rng = np.random.default_rng(20240229)
folder = pathlib.Path(__file__).parent / "ops"


def normal(*shape):
    # Few digits keep the files small; the rounded numbers are what is fed.
    return np.round(rng.standard_normal(shape), 3).astype(np.float32)


def positive(*shape):
    return np.round(rng.uniform(0.5, 2, shape), 3).astype(np.float32)


def numbers(array):
    # A float32 within half a unit of its eighth digit.
    array = np.asarray(array)
    if array.dtype.kind in "iub":
        return [int(value) for value in array.ravel()]
    return [float(f"{value:.8g}") for value in array.ravel()]


def packed(array):
    return {"shape": list(np.shape(array)), "data": numbers(array)}


def case(name, build, producer=None, **feeds):
    """`build` gets a placeholder for each feed and returns the result."""
    graph = tf.Graph()
    with graph.as_default():
        placeholders = {
            key: v1.placeholder(value.dtype, value.shape, name=key)
            for key, value in feeds.items()
        }
        tf.identity(build(**placeholders), name="result")
    definition = graph.as_graph_def()
    if producer is not None:
        definition.versions.producer = producer
        definition.versions.min_consumer = 0
    return finish(name, definition, feeds)


def finish(name, definition, feeds):
    graph = tf.Graph()
    with graph.as_default():
        tf.import_graph_def(definition, name="")
    with v1.Session(graph=graph) as session:
        output = session.run("result:0", {f"{key}:0": value for key, value in feeds.items()})
    return {
        "name": name,
        "graph": base64.b64encode(definition.SerializeToString(deterministic=True)).decode(),
        "feeds": {key: packed(value) for key, value in feeds.items()},
        "fetch": "result:0",
        "output": packed(output),
    }


def strided(size):
    return [1, size, size, 1] if isinstance(size, int) else [1, *size, 1]


def conv2d():
    def conv(name, image, filter, strides=1, padding="SAME", dilations=1):
        weights = normal(*filter)
        return case(
            name,
            lambda x: tf.nn.conv2d(x, weights, strided(strides), padding, dilations=strided(dilations)),
            x=normal(*image),
        )

    return [
        conv("1x1", (1, 5, 4, 3), (1, 1, 3, 5)),
        conv("3x3 SAME, stride 1", (2, 5, 4, 2), (3, 3, 2, 3)),
        conv("3x3 SAME, stride 2, even size: the pad is at the bottom and the right", (1, 6, 8, 2), (3, 3, 2, 4), 2),
        conv("3x3 SAME, stride 2, odd size", (1, 7, 5, 2), (3, 3, 2, 4), 2),
        conv("2x2 SAME, stride 1: one pad only", (1, 4, 5, 2), (2, 2, 2, 3)),
        conv("4x4 SAME, stride 3", (1, 8, 7, 2), (4, 4, 2, 3), 3),
        conv("1x1 SAME, stride 2: the window is smaller than the stride", (1, 5, 6, 3), (1, 1, 3, 4), 2),
        conv("3x3 VALID, stride 2", (1, 8, 9, 3), (3, 3, 3, 4), 2, "VALID"),
        conv("1x7 SAME", (1, 5, 9, 3), (1, 7, 3, 3)),
        conv("7x1 SAME", (1, 9, 5, 3), (7, 1, 3, 3)),
        conv("3x3 SAME, dilation 2", (1, 8, 7, 2), (3, 3, 2, 3), dilations=2),
        conv("3x2 VALID, dilation 2 by 3", (1, 9, 8, 2), (3, 2, 2, 3), padding="VALID", dilations=(2, 3)),
        conv("3x3 EXPLICIT, asymmetric", (1, 6, 5, 2), (3, 3, 2, 3), 2, [[0, 0], [2, 1], [0, 3], [0, 0]]),
        conv("stride 2 by 1", (1, 7, 6, 2), (3, 3, 2, 3), (2, 1)),
        conv("a filter larger than the image", (1, 2, 3, 2), (5, 5, 2, 3)),
    ]


def depthwise_conv2d():
    def conv(name, image, filter, strides=1, padding="SAME", dilations=1):
        weights = normal(*filter)
        return case(
            name,
            lambda x: raw.DepthwiseConv2dNative(
                input=x, filter=weights, strides=strided(strides), padding=padding, dilations=strided(dilations)),
            x=normal(*image),
        )

    return [
        conv("3x3 SAME", (2, 5, 4, 5), (3, 3, 5, 1)),
        conv("3x3 SAME, stride 2, even size", (1, 6, 8, 4), (3, 3, 4, 1), 2),
        conv("3x3 VALID, stride 2", (1, 7, 8, 3), (3, 3, 3, 1), 2, "VALID"),
        conv("multiplier 2", (1, 5, 5, 3), (3, 3, 3, 2)),
        conv("5x3 SAME, multiplier 3", (1, 6, 5, 2), (5, 3, 2, 3)),
    ]


def batch_norm():
    statistics = [normal(5), positive(5), normal(5), positive(5)]

    def fused(op, epsilon):
        mean, variance, offset, scale = statistics
        return lambda x: op(
            x=x, scale=scale, offset=offset, mean=mean, variance=variance, epsilon=epsilon, is_training=False)[0]

    def global_normalization(is_scaled):
        # TensorFlow's Python refuses to build the op from version 9 of the format on, but runs older graphs.
        definition = v1.GraphDef()
        definition.versions.producer = 8
        node = definition.node.add(name="x", op="Placeholder")
        node.attr["dtype"].type = 1
        node.attr["shape"].shape.CopyFrom(tf.TensorShape(image.shape).as_proto())
        for name, value in zip(("mean", "variance", "beta", "gamma"), statistics):
            node = definition.node.add(name=name, op="Const")
            node.attr["dtype"].type = 1
            node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(value))
        node = definition.node.add(name="result", op="BatchNormWithGlobalNormalization")
        node.input.extend(["x", "mean", "variance", "beta", "gamma"])
        node.attr["T"].type = 1
        node.attr["variance_epsilon"].f = 0.001
        node.attr["scale_after_normalization"].b = is_scaled
        return definition

    image = normal(2, 3, 4, 5)
    return [
        case("FusedBatchNorm", fused(raw.FusedBatchNorm, 0.001), x=image),
        case("FusedBatchNormV2, a large epsilon", fused(raw.FusedBatchNormV2, 0.5), x=image),
        case("FusedBatchNormV3", fused(raw.FusedBatchNormV3, 0.001), x=image),
        finish("BatchNormWithGlobalNormalization, scaled", global_normalization(True), {"x": image}),
        finish("BatchNormWithGlobalNormalization, not scaled: gamma is not used", global_normalization(False),
               {"x": image}),
    ]


def binary():
    def two(name, op, a, b):
        return case(name, op, x=a, y=b)

    bias = normal(5)
    return [
        two("Add, equal shapes", lambda x, y: raw.Add(x=x, y=y), normal(2, 3, 4, 5), normal(2, 3, 4, 5)),
        two("AddV2, a vector on the right", lambda x, y: raw.AddV2(x=x, y=y), normal(2, 3, 4, 5), normal(5)),
        two("Sub, a vector on the left", lambda x, y: raw.Sub(x=x, y=y), normal(5), normal(2, 3, 4, 5)),
        two("Mul, both broadcast", lambda x, y: raw.Mul(x=x, y=y), normal(2, 1, 4, 1), normal(3, 1, 5)),
        two("RealDiv", lambda x, y: raw.RealDiv(x=x, y=y), normal(3, 7), positive(3, 1)),
        two("Maximum", lambda x, y: raw.Maximum(x=x, y=y), normal(3, 7), normal(3, 7)),
        two("Minimum, a scalar", lambda x, y: raw.Minimum(x=x, y=y), normal(3, 7), normal()),
        case("BiasAdd", lambda x: tf.nn.bias_add(x, bias), x=normal(2, 3, 1, 5)),
        case("Sub and Mul of constants, as preprocessing", lambda x: (x - 127.5) * np.float32(1 / 127.5),
             x=positive(1, 3, 4, 3)),
    ]


def unary():
    return [
        case("Relu", lambda x: tf.nn.relu(x), x=normal(2, 3, 3, 3)),
        case("Relu6", lambda x: tf.nn.relu6(x * 5.0), x=normal(2, 3, 3, 3)),
        case("Rsqrt", lambda x: tf.math.rsqrt(x), x=positive(7)),
        case("Identity, CheckNumerics and StopGradient", lambda x: tf.nn.relu(
            tf.stop_gradient(tf.debugging.check_numerics(tf.identity(x), "bad"))), x=normal(3, 5)),
        case("Sigmoid", lambda x: tf.sigmoid(x), x=np.linspace(-30, 30, 9, dtype=np.float32)),
    ]


def pool():
    def pooled(name, op, image, window, strides, padding):
        return case(name, lambda x: op(x, strided(window), strided(strides), padding), x=normal(*image))

    cases = []
    for op, kind in ((tf.nn.max_pool2d, "MaxPool"), (tf.nn.avg_pool2d, "AvgPool")):
        cases += [
            pooled(f"{kind} 3x3 VALID, stride 2", op, (1, 8, 9, 3), 3, 2, "VALID"),
            pooled(f"{kind} 3x3 SAME, stride 1: what is outside does not count", op, (2, 4, 5, 3), 3, 1, "SAME"),
            pooled(f"{kind} 3x3 SAME, stride 2, even size", op, (1, 6, 8, 3), 3, 2, "SAME"),
            pooled(f"{kind} 2x3 SAME, stride 3 by 1", op, (1, 7, 5, 2), (2, 3), (3, 1), "SAME"),
            pooled(f"{kind} over all of it", op, (1, 4, 4, 5), 4, 1, "VALID"),
        ]
    return cases


def mean():
    return [
        case("height and width", lambda x: tf.reduce_mean(x, [1, 2]), x=normal(2, 4, 3, 5)),
        case("height and width, kept", lambda x: tf.reduce_mean(x, [1, 2], keepdims=True), x=normal(2, 4, 3, 5)),
        case("negative axes out of order", lambda x: tf.reduce_mean(x, [-2, -3]), x=normal(2, 4, 3, 5)),
        case("last axis, kept", lambda x: tf.reduce_mean(x, -1, keepdims=True), x=normal(3, 9)),
    ]


def concat():
    parts = [(1, 3, 4, 2), (1, 3, 4, 5), (1, 3, 4, 1)]
    feeds = {name: normal(*shape) for name, shape in zip("abc", parts)}
    return [
        case("Concat, the axis comes first", lambda a, b, c: raw.Concat(concat_dim=3, values=[a, b, c]), **feeds),
        case("ConcatV2, the axis comes last", lambda a, b, c: raw.ConcatV2(values=[a, b, c], axis=3), **feeds),
        case("a negative axis", lambda a, b, c: raw.ConcatV2(values=[c, a, b], axis=-1), **feeds),
        case("along the height", lambda a, b: raw.ConcatV2(values=[a, b], axis=1),
             a=normal(1, 2, 3, 2), b=normal(1, 4, 3, 2)),
        case("of matrices", lambda a, b: raw.ConcatV2(values=[a, b], axis=1), a=normal(3, 2), b=normal(3, 5)),
    ]


def pad():
    return [
        case("Pad of height and width", lambda x: tf.pad(x, [[0, 0], [3, 1], [0, 2], [0, 0]]), x=normal(1, 3, 4, 2)),
        case("PadV2 with -1", lambda x: tf.pad(x, [[0, 0], [0, 1], [1, 0], [0, 0]], constant_values=-1.0),
             x=normal(2, 3, 2, 3)),
        case("Pad of channels and batch", lambda x: tf.pad(x, [[1, 0], [0, 0], [0, 0], [1, 2]]), x=normal(1, 2, 2, 3)),
    ]


def reshape():
    def keras_flatten(x):
        shape = tf.shape(x)
        return tf.reshape(x, tf.stack([shape[0], -1]))

    return [
        case("Reshape with -1", lambda x: tf.reshape(x, [2, -1]), x=normal(2, 3, 2, 2)),
        case("Squeeze of named axes", lambda x: tf.squeeze(x, [1, 2]), x=normal(1, 1, 1, 6)),
        case("Squeeze of all", lambda x: tf.squeeze(x), x=normal(1, 1, 3, 6)),
        case("ExpandDims", lambda x: tf.expand_dims(x, 1), x=normal(2, 3, 4)),
        case("ExpandDims from the end", lambda x: tf.expand_dims(x, -1), x=normal(2, 3)),
        case("Shape, StridedSlice and Pack", keras_flatten, x=normal(2, 3, 2, 2)),
        case("arithmetic on shapes", lambda x: tf.reshape(
            x, tf.concat([tf.shape(x)[:1] * 2, [tf.shape(x)[-1] - 1], tf.shape(x)[2:0:-1] + 0], 0)),
            x=normal(2, 3, 2, 2)),
    ]


def matmul():
    def product(name, a, b, **transposes):
        weights = normal(*b)
        return case(name, lambda x: tf.matmul(x, weights, **transposes), x=normal(*a))

    weights, bias = normal(6, 5), normal(5)
    return [
        product("plain", (3, 7), (7, 5)),
        product("the left one transposed", (7, 3), (7, 5), transpose_a=True),
        product("the right one transposed", (3, 7), (5, 7), transpose_b=True),
        product("both transposed", (7, 3), (5, 7), transpose_a=True, transpose_b=True),
        product("one row", (1, 9), (9, 4)),
        case("with bias and Relu", lambda x: tf.nn.relu(tf.nn.bias_add(tf.matmul(x, weights), bias)), x=normal(4, 6)),
    ]


def softmax():
    return [
        case("of a matrix", lambda x: tf.nn.softmax(x), x=normal(3, 7)),
        case("of large logits", lambda x: tf.nn.softmax(x * 100.0), x=normal(2, 5)),
        case("of equal logits", lambda x: tf.nn.softmax(x * 0.0), x=normal(1, 6)),
    ]


def resize_bilinear():
    def resized(name, image, size, **flags):
        return case(name, lambda images: raw.ResizeBilinear(images=images, size=size, **flags), images=image)

    pixels = rng.integers(0, 256, (1, 5, 7, 3)).astype(np.float32)
    return [
        resized("up", pixels, [9, 10]),
        resized("down", pixels, [3, 4]),
        resized("up and down", pixels, [11, 3]),
        resized("unchanged", pixels, [5, 7]),
        resized("to one pixel", pixels, [1, 1]),
        resized("corners aligned", pixels, [9, 4], align_corners=True),
        resized("corners aligned, one row", pixels, [1, 9], align_corners=True),
        resized("half pixel centers, up", pixels, [8, 9], half_pixel_centers=True),
        resized("half pixel centers, down", pixels, [2, 3], half_pixel_centers=True),
        resized("from one pixel", pixels[:, :1, :1], [3, 2]),
        resized("two images", normal(2, 3, 4, 2), [4, 3]),
    ]


def main():
    folder.mkdir(exist_ok=True)
    for make in (conv2d, depthwise_conv2d, batch_norm, binary, unary, pool, mean, concat, pad, reshape, matmul,
                 softmax, resize_bilinear):
        text = ",\n".join(json.dumps(one, separators=(",", ":")) for one in make())
        path = folder / f"{make.__name__}.json"
        path.write_text(f"[\n{text}\n]\n")
        print(path.name, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
