"""Writes ONNX's own tests of single operations as files, for node_tests.ts.

    pip install onnx
    python tests/onnx/make_node_tests.py DIR
"""

import os
import sys

import numpy
from onnx import TensorProto, numpy_helper
from onnx.backend.test.case.node import collect_testcases


def main(folder):
    count = 0
    for case in collect_testcases(None):
        place = os.path.join(folder, case.name)
        files = {"model.onnx": case.model.SerializeToString()}
        for kind, at in (("input", 0), ("output", 1)):
            for index, value in enumerate(case.data_sets[0][at]):
                if isinstance(value, numpy.ndarray) or numpy.isscalar(value):
                    value = numpy_helper.from_array(numpy.asarray(value))
                if isinstance(value, TensorProto):
                    files[f"{kind}_{index}.pb"] = value.SerializeToString()
        os.makedirs(place, exist_ok=True)
        for name, content in files.items():
            with open(os.path.join(place, name), "wb") as file:
                file.write(content)
        count += 1
    print(f"{count} tests in {folder}")


main(sys.argv[1])
