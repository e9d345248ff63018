"""What TensorFlow computes for graphs as people freeze them: makes graphs/*.json.

Needs tensorflow-cpu (2.x) and numpy. Run it from anywhere:

    python tests/golden/graphs.py

Files and cases are as those of ops.py. Single values that are fed decide what the
graph is: whether it trains, what share dropout keeps. Where TensorFlow draws at random
all is kept, so that it does not matter what.
"""
import base64
import json
import pathlib

import numpy as np
import tensorflow as tf

import ops
from ops import finish, raw, v1

ops.rng = np.random.default_rng(20261128)
normal, positive = ops.normal, ops.positive
folder = pathlib.Path(__file__).parent / "graphs"


def case(name, build, **feeds):
    """`build` gets a placeholder for each feed; its values name the options of a feed."""
    graph = tf.Graph()
    with graph.as_default():
        placeholders = {
            key: v1.placeholder(value.dtype, np.shape(value), name=key) for key, value in feeds.items()
        }
        tf.identity(build(**placeholders), name="result")
    return finish(name, graph.as_graph_def(), feeds)


def number(value):
    return np.asarray(value, np.float32)


def truth(value):
    return np.asarray(value, np.bool_)


def unary():
    x = np.linspace(-6, 6, 25, dtype=np.float32)
    signed = [tf.math.negative, tf.exp, tf.square, tf.abs, tf.sign, tf.floor, tf.math.ceil, tf.round, tf.tanh,
              tf.nn.elu, tf.nn.selu, tf.nn.softplus, tf.nn.softsign]
    above = [tf.math.log, tf.sqrt, tf.math.reciprocal]
    return [
        *[case(op.__name__, lambda x, op=op: op(x), x=x) for op in signed],
        *[case(op.__name__, lambda x, op=op: op(x), x=positive(9)) for op in above],
        case("LeakyRelu", lambda x: tf.nn.leaky_relu(x), x=x),
        case("LeakyRelu with alpha 0.05", lambda x: tf.nn.leaky_relu(x, 0.05), x=x),
        case("tanh far from 0", lambda x: tf.tanh(x), x=number([-1000, -20, 20, 1000])),
        case("softplus far from 0", lambda x: tf.nn.softplus(x), x=number([-90, -20, 20, 1000])),
        case("LogSoftmax", lambda x: tf.nn.log_softmax(x), x=normal(3, 7)),
        case("LogSoftmax of large logits", lambda x: tf.nn.log_softmax(x * 100.0), x=normal(2, 5)),
        case("PReLU by its parts", lambda x: tf.nn.relu(x) + number([0.1, 0.2, 0.3]) * (x - tf.abs(x)) * 0.5,
             x=normal(4, 3)),
        case("PReLU by its negative", lambda x: tf.nn.relu(x) - number([0.1, 0.2, 0.3]) * tf.nn.relu(-x),
             x=normal(4, 3)),
    ]


def binary():
    a, b = np.round(normal(3, 8)), np.round(normal(3, 8))
    compared = [tf.greater, tf.greater_equal, tf.less, tf.less_equal, tf.equal, tf.not_equal]
    return [
        *[case(op.__name__, lambda x, y, op=op: tf.cast(op(x, y), tf.float32), x=a, y=b) for op in compared],
        case("Pow", tf.pow, x=positive(3, 7), y=normal(3, 7)),
        case("Pow of negative bases", lambda x: tf.pow(x, number([2, 3, 0, -1])), x=number([[-2, -2, -2, -2], [3, 3, 0, 3]])),
        case("SquaredDifference", tf.math.squared_difference, x=normal(3, 8), y=normal(8)),
        case("FloorDiv and FloorMod", lambda x, y: x // y + 100.0 * (x % y), x=normal(3, 7) * 5, y=positive(3, 7)),
        case("AddN", lambda x, y: tf.add_n([x, y, x]), x=normal(2, 5), y=normal(2, 5)),
        case("SelectV2", lambda x: tf.where(x > 0.0, x, tf.exp(x * 100.0) - 1.0), x=normal(3, 8)),
        case("SelectV2 of a row", lambda x, y: tf.where(tf.constant([True, False, True]), x, y), x=normal(2, 3), y=normal(2, 3)),
        case("Select of rows", lambda x, y: raw.Select(condition=tf.constant([True, False]), x=x, y=y),
             x=normal(2, 3), y=normal(2, 3)),
        case("LogicalAnd, LogicalOr and LogicalNot", lambda x, y: tf.cast(tf.logical_or(
            tf.logical_and(x > 0.0, y > 0.0), tf.logical_not(x < 0.5)), tf.float32), x=normal(3, 7), y=normal(3, 7)),
        case("a minimum and a maximum, as a clip", lambda x: tf.clip_by_value(x, -0.5, 0.5), x=normal(3, 7)),
        case("Neg of a constant", lambda x: x + tf.negative(tf.constant([1.0, 2.0, 3.0])), x=normal(2, 3)),
    ]


def transpose():
    filters = normal(3, 3, 3, 4)

    def nhwc(x):
        return tf.transpose(x, [0, 2, 3, 1])

    def nchw(x):
        return tf.transpose(x, [0, 3, 1, 2])

    def layers(x):
        y = nchw(tf.nn.conv2d(nhwc(nchw(x)), filters, 1, "SAME"))
        y = tf.nn.relu(y + normal(4, 1, 1))
        return nhwc(nchw(tf.nn.max_pool2d(nhwc(y), 2, 2, "VALID")))

    return [
        case("NHWC to NCHW", nchw, x=normal(2, 3, 4, 5)),
        case("NCHW to NHWC", nhwc, x=normal(2, 3, 4, 5)),
        case("there and back", lambda x: nhwc(nchw(x)), x=normal(1, 3, 4, 5)),
        case("there, relu, and back", lambda x: nhwc(tf.nn.relu(nchw(x))), x=normal(1, 3, 4, 5)),
        case("layers of NCHW", layers, x=normal(1, 4, 6, 3)),
        case("of a matrix", lambda x: tf.transpose(x), x=normal(3, 5)),
        case("all axes turned round", lambda x: tf.transpose(x, [3, 2, 1, 0]), x=normal(2, 3, 4, 5)),
        case("of weights", lambda x: tf.matmul(x, tf.transpose(tf.constant(normal(5, 30)))), x=normal(2, 30)),
        case("of a filter", lambda x: tf.nn.conv2d(x, tf.transpose(tf.constant(normal(4, 3, 3, 3)), [2, 3, 1, 0]), 1, "SAME"),
             x=normal(1, 4, 5, 3)),
        case("the order worked out", lambda x: tf.transpose(x, tf.range(tf.rank(x) - 1, -1, -1)), x=normal(2, 3, 4)),
        case("DepthToSpace", lambda x: tf.nn.depth_to_space(x, 2), x=normal(2, 2, 3, 12)),
        case("SpaceToDepth", lambda x: tf.nn.space_to_depth(x, 3), x=normal(2, 6, 3, 2)),
    ]


def slices():
    x = normal(2, 5, 6, 3)
    return [
        case("one column", lambda x: x[:, 0], x=normal(2, 4)),
        case("a range", lambda x: x[:, 1:4], x=x),
        case("two ranges", lambda x: x[:, 1:-1, 2:], x=x),
        case("every second", lambda x: x[:, ::2, 1::2], x=x),
        case("the order turned round", lambda x: x[..., ::-1], x=x),
        case("from the end by twos", lambda x: x[:, -1:0:-2], x=x),
        case("a negative position", lambda x: x[:, -2], x=x),
        case("an ellipsis", lambda x: x[..., 1], x=x),
        case("an ellipsis in the midst", lambda x: x[:, ..., 2:3], x=x),
        case("a new axis", lambda x: x[:, tf.newaxis, :, 1], x=normal(2, 3, 4)),
        case("a row of the batch", lambda x: x[1], x=normal(3, 4)),
        case("a part of the batch", lambda x: x[1:3], x=normal(4, 3)),
        case("bounds beyond the end", lambda x: x[:, 2:99], x=normal(2, 5)),
        case("as far as a shape tells", lambda x: x[:, :tf.shape(x)[1] // 2], x=x),
        case("Slice", lambda x: tf.slice(x, [0, 1, 2, 0], [-1, 3, -1, 2]), x=x),
        case("Split", lambda x: tf.concat(tf.split(x, 3, -1)[::-1], -1), x=normal(1, 2, 2, 6)),
        case("Split along the height", lambda x: tf.add(*tf.split(x, 2, 1)), x=normal(1, 4, 3, 2)),
        case("SplitV", lambda x: tf.concat(tf.split(x, [1, 3, 2], 1)[::-1], 1), x=normal(2, 6)),
        case("SplitV with -1", lambda x: tf.split(x, [1, -1, 2], 1)[1], x=normal(2, 6)),
        case("Unpack", lambda x: tf.subtract(*tf.unstack(x, axis=1)), x=normal(3, 2, 4)),
        case("Unpack and Pack", lambda x: tf.stack(tf.unstack(x, axis=-1)[::-1], axis=-1), x=normal(2, 3, 3)),
        case("Pack along another axis", lambda x, y: tf.stack([x, y], 1), x=normal(2, 3), y=normal(2, 3)),
        case("GatherV2, one place", lambda x: tf.gather(x, 2, axis=1), x=normal(2, 5)),
        case("GatherV2, several places", lambda x: tf.gather(x, [2, 0, 1, 1], axis=-1), x=normal(2, 2, 3)),
        case("RGB to BGR by parts", lambda x: tf.concat(tf.split(x, 3, 3)[::-1], 3) - number([103.9, 116.8, 123.7]),
             x=positive(1, 2, 2, 3)),
    ]


def reduce():
    x = normal(2, 4, 3, 5)
    small = positive(2, 3, 4)
    cases = []
    for op in (tf.reduce_sum, tf.reduce_max, tf.reduce_min):
        cases += [
            case(f"{op.__name__} of height and width", lambda x, op=op: op(x, [1, 2]), x=x),
            case(f"{op.__name__} of the last axis, kept", lambda x, op=op: op(x, -1, keepdims=True), x=x),
            case(f"{op.__name__} of axes that are apart", lambda x, op=op: op(x, [1, 3]), x=x),
            case(f"{op.__name__} of all", lambda x, op=op: op(x), x=x),
        ]
    return cases + [
        case("of 300 values", lambda x: tf.reduce_sum(x, 1), x=positive(2, 300)),
        case("Prod", lambda x: tf.reduce_prod(x, 1), x=small),
        case("Mean of all", lambda x: tf.reduce_mean(x), x=x),
        case("ArgMax", lambda x: tf.cast(tf.argmax(x, 1), tf.float32), x=normal(3, 9)),
        case("ArgMax of the channels", lambda x: tf.cast(tf.argmax(x, 3, output_type=tf.int32), tf.float32), x=x),
        case("ArgMax, the first of equal ones", lambda x: tf.argmax(x, -1), x=number([[1, 3, 3, 0], [2, 2, 2, 2]])),
        case("ArgMin", lambda x: tf.argmin(x, 1), x=normal(3, 9)),
        case("an L2 norm", lambda x: tf.nn.l2_normalize(x, 1), x=normal(3, 9)),
        case("a softmax by its parts", lambda x: tf.exp(x - tf.reduce_max(x, -1, keepdims=True)) / tf.reduce_sum(
            tf.exp(x - tf.reduce_max(x, -1, keepdims=True)), -1, keepdims=True), x=normal(3, 6)),
        case("moments", lambda x: (x - tf.reduce_mean(x, [1, 2], keepdims=True)) * tf.math.rsqrt(tf.reduce_mean(
            tf.math.squared_difference(x, tf.reduce_mean(x, [1, 2], keepdims=True)), [1, 2], keepdims=True) + 1e-3), x=x),
    ]


def shapes():
    """Arithmetic on shapes and constants, with the types that TensorFlow has."""
    x = normal(2, 3, 4, 5)

    def plus(make):
        return lambda x: x + tf.cast(make(x), tf.float32)

    int32, int64 = tf.int32, tf.int64
    return [
        case("Prod, as Keras flattens", lambda x: tf.reshape(x, tf.stack([-1, tf.reduce_prod(tf.shape(x)[1:])])), x=x),
        case("Size and Rank", plus(lambda x: tf.size(x) * 10 + tf.rank(x)), x=x),
        case("Sum, Max and Min of a shape", plus(lambda x: tf.reduce_sum(tf.shape(x)) + tf.reduce_max(tf.shape(x)) *
             tf.reduce_min(tf.shape(x))), x=x),
        case("FloorDiv of negative numbers", plus(lambda x: tf.constant(-7) // tf.shape(x)[0]), x=x),
        case("FloorMod of negative numbers", plus(lambda x: tf.constant(-7) % tf.shape(x)[1]), x=x),
        case("truncated division", plus(lambda x: raw.TruncateDiv(x=tf.constant(-7), y=tf.shape(x)[0])), x=x),
        case("a product past 32 bits", plus(lambda x: tf.constant(1 << 20) * tf.constant(1 << 13)), x=x),
        case("a product past 64 bits", plus(lambda x: tf.constant(1 << 40, int64) * tf.constant((1 << 23) + 1, int64)), x=x),
        case("int64 past 32 bits", plus(lambda x: (tf.constant(1 << 40, int64) // tf.constant(1 << 30, int64))), x=x),
        case("a cast that wraps", plus(lambda x: tf.cast(tf.constant((1 << 32) + 5, int64), int32)), x=x),
        case("a cast that truncates", plus(lambda x: tf.cast(tf.constant(-2.7), int32)), x=x),
        case("Floor of a scaled shape", lambda x: x[:, :, :tf.cast(tf.floor(tf.cast(tf.shape(x)[2], tf.float32) * 0.7), int32)], x=x),
        case("Range", plus(lambda x: tf.range(0, tf.shape(x)[3], 1)), x=x),
        case("Range of floats", lambda x: x + tf.range(0.0, 1.0, 0.2), x=x),
        case("Tile, Fill and Reshape", plus(lambda x: tf.reshape(tf.tile(tf.fill([2, 1], 3), [2, 1]), [4, 1])), x=x),
        case("Where of a constant", plus(lambda x: tf.gather(tf.reshape(tf.where(tf.equal([1, 0, 2, 1], 1)), [-1]), 1)), x=x),
        case("Equal of shapes chooses", plus(lambda x: tf.where(tf.equal(tf.shape(x)[0], 2), 7, 9)), x=x),
        case("GatherV2 of a shape", plus(lambda x: tf.gather(tf.shape(x), [3, 1, 1], axis=0)[0]), x=x),
        case("Unpack and Pack of a shape", lambda x: tf.reshape(x, tf.stack([tf.unstack(tf.shape(x))[0], -1])), x=x),
        case("Split of a shape", lambda x: tf.reshape(x, tf.concat([tf.split(tf.shape(x), 2)[0], [-1]], 0)), x=x),
        case("zeros and ones like it", lambda x: x * 2.0 + tf.zeros_like(x) - tf.ones_like(x), x=x),
        case("ArgMax of a constant", plus(lambda x: tf.argmax([3, 9, 2])), x=x),
        case("Transpose of a constant", plus(lambda x: tf.transpose(tf.constant([[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]]))[:, 1]), x=x),
        case("a linspace by its parts", lambda x: x + tf.cast(tf.range(5), tf.float32) * (1.0 / 4), x=x),
    ]


def flow():
    """Branches on what is known, and dropout that keeps all."""
    x = normal(2, 6)
    weights = normal(6, 3)

    def branches(x, training):
        return v1.cond(training, lambda: tf.nn.relu(x), lambda: x * 2.0)

    def nested(x, training):
        return v1.cond(training, lambda: x * 3.0, lambda: v1.cond(tf.logical_not(training), lambda: x + 1.0, lambda: x))

    def constants(x, training):
        return x + v1.cond(training, lambda: tf.constant(1.0), lambda: tf.constant(5.0))

    def default(x):
        return branches(x, v1.placeholder_with_default(False, []))

    def dropped(x, training):
        return v1.cond(training, lambda: tf.nn.dropout(x, rate=0.5), lambda: tf.identity(x))

    def batch_norm(x, training):
        mean, variance = v1.cond(
            training, lambda: tuple(tf.nn.moments(x, [0])), lambda: (tf.constant(normal(6)), tf.constant(positive(6))))
        return tf.nn.batch_normalization(x, mean, variance, normal(6), positive(6), 1e-3)

    def old_dropout(x, keep):
        # As TensorFlow 1.0 to 1.12 wrote it.
        drawn = keep + tf.random.uniform(tf.shape(x))
        return tf.matmul(tf.divide(x, keep) * tf.floor(drawn), weights)

    def rate_dropout(x, rate):
        # As TensorFlow 1.13 and later write it.
        keep = 1.0 - rate
        mask = tf.random.uniform(tf.shape(x)) >= rate
        return tf.matmul(x * (1.0 / keep) * tf.cast(mask, tf.float32), weights)

    def new_dropout(x, rate):
        mask = tf.random.uniform(tf.shape(x)) >= rate
        return tf.matmul(tf.where(mask, x * (1.0 / (1.0 - rate)), 0.0), weights)

    cases = []
    v1.disable_control_flow_v2()
    for name, build in (("two branches", branches), ("a branch in a branch", nested), ("branches of constants", constants),
                        ("a batch norm", batch_norm)):
        for value in (False, True):
            if name == "a batch norm" and value:
                continue
            cases.append(case(f"{name}, {value}", build, x=x, training=truth(value)))
    return cases + [
        case("a predicate that has a default", default, x=x),
        case("dropout in the branch that is not taken", dropped, x=x, training=truth(False)),
        case("dropout of keep_prob 1", old_dropout, x=x, keep=number(1)),
        case("dropout of a constant keep_prob 1", lambda x: old_dropout(x, tf.constant(1.0)), x=x),
        case("dropout of rate 0", rate_dropout, x=x, rate=number(0)),
        case("dropout that chooses, of rate 0", new_dropout, x=x, rate=number(0)),
        case("an output of Switch", lambda x, training: raw.Switch(data=x, pred=training)[1], x=x, training=truth(True)),
    ]


def repeats():
    x, image = normal(2, 3), normal(2, 3, 4, 6)
    return [
        case("Tile", lambda x: tf.tile(x, [2, 3]), x=x),
        case("Tile between pixels, as upsampling", lambda x: tf.reshape(tf.tile(tf.reshape(x, [2, 3, 1, 4, 1, 6]),
             [1, 1, 2, 1, 2, 1]), [2, 6, 8, 6]), x=image),
        case("BroadcastTo", lambda x: tf.broadcast_to(x, [4, 2, 3]), x=x),
        case("ReverseV2", lambda x: tf.reverse(x, [1, -1]), x=image),
        case("MirrorPad that reflects", lambda x: tf.pad(x, [[0, 0], [2, 1], [0, 3], [0, 0]], "REFLECT"), x=image),
        case("MirrorPad that is symmetric", lambda x: tf.pad(x, [[0, 0], [3, 0], [1, 2], [0, 0]], "SYMMETRIC"), x=image),
        case("channels shuffled in groups", lambda x: tf.reshape(tf.transpose(tf.reshape(x, [2, 3, 4, 3, 2]),
             [0, 1, 2, 4, 3]), [2, 3, 4, 6]), x=image),
        case("a cast that cuts off, and back", lambda x: tf.cast(tf.cast(x * 3.0, tf.int32), tf.float32), x=x),
        case("a cast to what is true", lambda x: tf.cast(tf.cast(tf.nn.relu(x), tf.bool), tf.float32), x=x),
        case("OneHot of a constant", lambda x: x + tf.one_hot(2, 3), x=x),
        case("Mean of axes that are apart", lambda x: tf.reduce_mean(x, [1, 3], keepdims=True), x=image),
        case("BatchMatMulV2 of one matrix", lambda x: raw.BatchMatMulV2(x=x, y=normal(6, 2)), x=image),
    ]


def blocks():
    """Images in blocks, around a convolution and by themselves."""
    filters, deep = normal(3, 3, 2, 3), normal(3, 3, 2, 1)
    x = normal(1, 9, 7, 2)

    def around(x, block, paddings, crops, conv):
        made = conv(raw.SpaceToBatchND(input=x, block_shape=block, paddings=paddings))
        return raw.BatchToSpaceND(input=made, block_shape=block, crops=crops)

    def valid(y):
        return tf.nn.conv2d(y, filters, 1, "VALID")

    def line(x):
        made = raw.SpaceToBatchND(input=x, block_shape=[2], paddings=[[2, 3]])
        made = tf.nn.conv1d(made, normal(3, 2, 3), 1, "VALID")
        return raw.BatchToSpaceND(input=made, block_shape=[2], crops=[[0, 1]])

    def worked_out(x):
        # As the padding is written where the size of images is open.
        size = tf.shape(x)[1:3]
        whole = size + 4
        extra = (2 - whole % 2) % 2
        paddings = tf.stack([[2, 2], [2, 2]]) + tf.stack([tf.zeros(2, tf.int32), extra], 1)
        return around(x, [2, 2], paddings, tf.stack([tf.zeros(2, tf.int32), extra], 1), valid)

    return [
        case("SAME of an odd size", lambda x: around(x, [2, 2], [[2, 3], [2, 3]], [[0, 1], [0, 1]], valid), x=x),
        case("VALID", lambda x: around(x, [2, 2], [[0, 1], [0, 1]], [[0, 1], [0, 1]], valid), x=x),
        case("blocks of 3 by 2", lambda x: around(x, [3, 2], [[3, 3], [2, 3]], [[0, 0], [0, 1]], valid), x=x),
        case("a bias and a relu between", lambda x: around(x, [2, 2], [[2, 3], [2, 3]], [[0, 1], [0, 1]],
             lambda y: tf.nn.relu(tf.nn.bias_add(valid(y), [0.5, -0.5, 0.1]))), x=x),
        case("SAME in each block", lambda x: around(x, [2, 2], [[0, 1], [0, 1]], [[0, 1], [0, 1]],
             lambda y: tf.nn.conv2d(y, filters, 1, "SAME")), x=x),
        case("more cut off than put around", lambda x: around(x, [2, 2], [[0, 1], [0, 1]], [[1, 1], [1, 2]], valid), x=x),
        case("a depthwise convolution", lambda x: around(x, [2, 2], [[2, 3], [2, 3]], [[0, 1], [0, 1]], lambda y: tf.nn.
             depthwise_conv2d(y, deep, [1, 1, 1, 1], "VALID")), x=x),
        case("two images", lambda x: around(x, [2, 2], [[2, 2], [2, 2]], [[0, 0], [0, 0]], valid), x=normal(2, 4, 6, 2)),
        case("paddings that are worked out", worked_out, x=x),
        case("a line", line, x=normal(1, 7, 2)),
        case("a pool between", lambda x: around(x, [2, 2], [[0, 1], [0, 1]], [[0, 0], [0, 1]],
             lambda y: tf.nn.max_pool2d(y, 3, 1, "SAME")), x=x),
        case("SpaceToBatchND alone", lambda x: raw.SpaceToBatchND(input=x, block_shape=[3, 2], paddings=[[0, 0], [1, 0]]), x=x),
        case("BatchToSpaceND alone", lambda x: raw.BatchToSpaceND(input=x, block_shape=[2, 3], crops=[[1, 0], [0, 2]]),
             x=normal(12, 2, 3, 2)),
    ]


def channels_first():
    """Layers whose channels come first. TensorFlow computes them on no CPU: numbers are those of the channels last."""
    filters, deep = normal(3, 3, 3, 4), normal(3, 3, 3, 1)
    beta, gamma, mean, variance = normal(4), positive(4), normal(4), positive(4)

    def order(is_first, values):
        return [values[axis] for axis in ((0, 3, 1, 2) if is_first else (0, 1, 2, 3))]

    def conv(x, first):
        return tf.nn.conv2d(x, filters, order(first, [1, 2, 1, 1]), "SAME", data_format="NCHW" if first else "NHWC")

    def explicit(x, first):
        pads = order(first, [[0, 0], [2, 1], [0, 1], [0, 0]])
        return tf.nn.conv2d(x, filters, [1, 1, 1, 1], pads, data_format="NCHW" if first else "NHWC",
                            dilations=order(first, [1, 2, 1, 1]))

    def depthwise(x, first):
        return raw.DepthwiseConv2dNative(input=x, filter=deep, strides=[1, 1, 1, 1], padding="SAME",
                                         data_format="NCHW" if first else "NHWC")

    def block(x, first):
        name = "NCHW" if first else "NHWC"
        y = tf.nn.bias_add(conv(x, first), beta, data_format=name)
        y = raw.FusedBatchNormV3(x=y, scale=gamma, offset=beta, mean=mean, variance=variance, epsilon=0.001,
                                 is_training=False, data_format=name)[0]
        y = tf.nn.relu(y)
        y = raw.MaxPool(input=y, ksize=order(first, [1, 2, 2, 1]), strides=order(first, [1, 2, 1, 1]), padding="VALID",
                        data_format=name)
        return raw.AvgPool(value=y, ksize=order(first, [1, 1, 2, 1]), strides=[1, 1, 1, 1], padding="SAME", data_format=name)

    def both(name, layer):
        x = normal(2, 3, 8, 7)

        def last(x):
            return tf.transpose(layer(tf.transpose(x, [0, 2, 3, 1]), False), [0, 3, 1, 2])

        graph = tf.Graph()
        with graph.as_default():
            tf.identity(layer(v1.placeholder(tf.float32, x.shape, name="x"), True), name="result")
        text = base64.b64encode(graph.as_graph_def().SerializeToString(deterministic=True)).decode()
        return {**case(name, last, x=x), "graph": text}

    return [both("a convolution", conv), both("pads and dilations", explicit),
            both("a depthwise convolution", depthwise), both("a bias, a batch norm and pools", block)]


def groups():
    """Convolutions whose filter has fewer input channels than the images: TensorFlow takes them as groups."""
    def conv(x, inputs, filters, size=3, stride=1):
        return tf.nn.conv2d(x, normal(size, size, inputs, filters), stride, "SAME")

    def block(x):
        beta, gamma, mean, variance = normal(16), positive(16), normal(16), positive(16)
        # TensorFlow's own kernels have no BiasAdd fused into a convolution in groups.
        y = raw.Add(x=conv(x, 2, 16, stride=2), y=normal(16))
        y = raw.FusedBatchNormV3(x=y, scale=gamma, offset=beta, mean=mean, variance=variance, epsilon=0.001,
                                 is_training=False)[0]
        y = tf.nn.relu(y)
        return tf.concat([conv(y, 4, 8), conv(y, 8, 32), conv(y, 1, 16), conv(y, 16, 4)], 3)

    def first(x, is_first):
        filters = values
        if is_first:
            return tf.nn.conv2d(x, filters, [1, 1, 2, 1], "SAME", data_format="NCHW")
        return tf.nn.conv2d(x, filters, [1, 2, 1, 1], "SAME")

    def last(x):
        return tf.transpose(first(tf.transpose(x, [0, 2, 3, 1]), False), [0, 3, 1, 2])

    values, image = normal(3, 3, 2, 6), normal(2, 4, 5, 6)
    graph = tf.Graph()
    with graph.as_default():
        tf.identity(first(v1.placeholder(tf.float32, image.shape, name="x"), True), name="result")
    text = base64.b64encode(graph.as_graph_def().SerializeToString(deterministic=True)).decode()
    return [
        case("two groups", lambda x: conv(x, 3, 4), x=normal(2, 5, 4, 6)),
        case("groups of one channel, two filters each", lambda x: conv(x, 1, 8, stride=2), x=normal(1, 5, 6, 4)),
        case("groups in a block of layers", block, x=normal(1, 6, 5, 8)),
        case("1x1 in four groups, and the channels shuffled", lambda x: tf.reshape(tf.transpose(tf.reshape(
             conv(x, 2, 8, 1), [1, 3, 4, 4, 2]), [0, 1, 2, 4, 3]), [1, 3, 4, 8]), x=normal(1, 3, 4, 8)),
        {**case("two groups with the channels first", last, x=normal(2, 4, 5, 6)), "graph": text},
    ]


def attention():
    """What transformers are made of, as frozen graphs spell it."""
    x, rows = normal(2, 5, 6), normal(2, 4, 3, 6)

    def norm(x, axis=-1):
        mean, variance = tf.nn.moments(x, [axis], keepdims=True)
        return (x - mean) * tf.math.rsqrt(variance + 1e-5) * normal(6) + normal(6)

    def attend(x):
        q, k, v = [tf.transpose(tf.reshape(tf.matmul(x, normal(6, 6)), [2, 5, 2, 3]), [0, 2, 1, 3]) for _ in range(3)]
        scores = tf.nn.softmax(tf.matmul(q, k, transpose_b=True) / number(3 ** 0.5))
        return tf.reshape(tf.transpose(tf.matmul(scores, v), [0, 2, 1, 3]), [2, 5, 6])

    return [
        case("Erf", lambda x: tf.math.erf(x), x=np.linspace(-5, 5, 41, dtype=np.float32)),
        case("GELU", lambda x: tf.nn.gelu(x), x=np.linspace(-6, 6, 25, dtype=np.float32)),
        case("GELU by tanh", lambda x: tf.nn.gelu(x, approximate=True), x=np.linspace(-6, 6, 25, dtype=np.float32)),
        case("SiLU", lambda x: x * tf.sigmoid(x), x=np.linspace(-6, 6, 25, dtype=np.float32)),
        case("a square, a root and a cube by Pow", lambda x: tf.pow(x, 2.0) + tf.pow(tf.abs(x), 0.5) + tf.pow(x, 3.0),
             x=normal(3, 7)),
        case("BatchMatMulV2", lambda x, y: tf.matmul(x, y), x=normal(2, 3, 4, 5), y=normal(2, 3, 5, 6)),
        case("BatchMatMulV2, both transposed", lambda x, y: tf.matmul(x, y, transpose_a=True, transpose_b=True),
             x=normal(3, 21, 4), y=normal(3, 17, 21)),
        case("BatchMatMulV2 that repeats either", lambda x, y: tf.matmul(x, y), x=normal(2, 1, 3, 18), y=normal(4, 18, 19)),
        case("BatchMatMulV2 of one matrix before many", lambda x: tf.matmul(normal(5, 4), x), x=normal(2, 4, 6)),
        case("layer norm", norm, x=rows),
        case("attention", attend, x=x),
        case("a block", lambda x: x + tf.matmul(tf.nn.gelu(tf.matmul(norm(x + attend(norm(x))), normal(6, 9))), normal(9, 6)),
             x=x),
    ]


def main():
    folder.mkdir(exist_ok=True)
    for make in (unary, binary, transpose, slices, reduce, shapes, flow, blocks, repeats, channels_first, groups,
                 attention):
        text = ",\n".join(json.dumps(one, separators=(",", ":")) for one in make())
        path = folder / f"{make.__name__}.json"
        path.write_text(f"[\n{text}\n]\n")
        print(path.name, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
