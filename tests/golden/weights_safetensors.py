"""A safetensors file with each type of values, by Hugging Face's own writer.

    python tests/golden/weights_safetensors.py

Needs safetensors, numpy and ml_dtypes. Writes tests/golden/weights/kinds.safetensors,
and safetensors.json: the tensors by name as [shape, values as f32].
"""
import json
import pathlib

import ml_dtypes
import numpy as np
from safetensors import TensorSpec, serialize

FOLDER = pathlib.Path(__file__).parent / "weights"
TYPES = {
    "bool": np.bool_,
    "uint8": np.uint8,
    "int8": np.int8,
    "int16": np.int16,
    "uint16": np.uint16,
    "float16": np.float16,
    "bfloat16": ml_dtypes.bfloat16,
    "int32": np.int32,
    "uint32": np.uint32,
    "float32": np.float32,
    "int64": np.int64,
    "uint64": np.uint64,
    "float64": np.float64,
}
tensors = {
    f"model.{name}": (np.arange(6).reshape(2, 3) / (8 if "float" in name else 1)).astype(dtype)
    for name, dtype in TYPES.items()
}
tensors["model.scalar"] = np.array(2.5, np.float32)
tensors["model.空"] = np.zeros((0, 3), np.float32)
specs = {
    name: TensorSpec(
        dtype=str(array.dtype), shape=list(array.shape), data_ptr=array.ctypes.data, data_len=array.nbytes
    )
    for name, array in tensors.items()
}
(FOLDER / "kinds.safetensors").write_bytes(serialize(specs, {"format": "pt"}))
goldens = {
    name.removeprefix("model."): [list(array.shape), array.astype(np.float32).flatten().tolist()]
    for name, array in tensors.items()
}
text = ",\n".join(f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(value)}" for name, value in goldens.items())
(FOLDER / "safetensors.json").write_text(f"{{\n{text}\n}}\n")
