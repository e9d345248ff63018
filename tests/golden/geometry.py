"""Where TensorFlow's windows lie: makes geometry.json.

Needs tensorflow-cpu (2.x) and numpy. Run it from anywhere:

    python tests/golden/geometry.py

Each case convolves the numbers 1, 2, 3, ... along one axis with a filter that
is 1 at its first tap and 0 elsewhere, so `taps` is the pixel (from 1) that the
first tap of each window meets, and 0 where it meets padding.
"""
import json
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import tensorflow as tf

rng = np.random.default_rng(20240301)


def case(size, window, stride, dilation, padding):
    image = np.arange(1, size + 1, dtype=np.float32).reshape(1, size, 1, 1)
    first = np.zeros((window, 1, 1, 1), np.float32)
    first[0] = 1
    explicit = padding if isinstance(padding, str) else [[0, 0], padding, [0, 0], [0, 0]]
    taps = tf.nn.conv2d(image, first, [1, stride, 1, 1], explicit, dilations=[1, dilation, 1, 1])
    return {
        "size": size, "window": window, "stride": stride, "dilation": dilation, "padding": padding,
        "taps": [int(tap) for tap in taps.numpy().ravel()],
    }


def main():
    cases = []
    while len(cases) < 150:
        size, window = int(rng.integers(1, 24)), int(rng.integers(1, 8))
        stride, dilation = int(rng.integers(1, 5)), int(rng.integers(1, 4))
        if stride > 1 and dilation > 1:
            continue  # TensorFlow's CPU kernels refuse both at once
        explicit = [int(pad) for pad in rng.integers(0, 4, 2)]
        padding = ["SAME", "VALID", explicit][len(cases) % 3]
        extent = (window - 1) * dilation + 1
        room = size + (sum(padding) if isinstance(padding, list) else 0)
        if padding != "SAME" and extent > room:
            continue
        cases.append(case(size, window, stride, dilation, padding))
    text = ",\n".join(json.dumps(one, separators=(",", ":")) for one in cases)
    (pathlib.Path(__file__).parent / "geometry.json").write_text(f"[\n{text}\n]\n")


main()
