"""Goldens of src/bytes: .npy files by NumPy and archives by Python's tarfile.

    python3 tests/golden/bytes.py > tests/golden/bytes.json
"""
import base64
import io
import json
import tarfile

import numpy as np


def text(data):
    return base64.b64encode(data).decode()


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return {
        "dtype": str(array.dtype),
        "shape": list(array.shape),
        "values": [str(value) for value in array.flatten()],
        "fortran": bool(array.flags.f_contiguous and not array.flags.c_contiguous),
        "file": text(buffer.getvalue()),
    }


def tar(format, name, mode="w"):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode, format=format) as archive:
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for member, content in ((name, b"a" * 700), ("./folder/two.txt", b"two")):
            info = tarfile.TarInfo(member)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return {"name": name, "file": text(buffer.getvalue())}


long_name = "folder/" + "long" * 40 + ".txt"
print(json.dumps({
    "npy": [
        npy(np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3)),
        npy(np.array([0.1, -0.0, 1e300])),
        npy(np.array([[-1], [2**31 - 1]], dtype=np.int32)),
        npy(np.array([-(2**63), 2**63 - 1], dtype=np.int64)),
        npy(np.arange(24, dtype=np.uint8).reshape(1, 2, 3, 4)),
        npy(np.float32(2.5).reshape(())),
        npy(np.zeros((0, 2048), dtype=np.float32)),
    ],
    "refusedNpy": [
        npy(np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3))),
        npy(np.array([1.0], dtype=">f4")),
        npy(np.array([1.0], dtype=np.float16)),
        npy(np.array([(1, 2.0)], dtype=[("a", "<i4"), ("b", "<f4")])),
    ],
    "tar": [
        tar(tarfile.USTAR_FORMAT, "folder/one.txt"),
        tar(tarfile.USTAR_FORMAT, "deep/" * 25 + "one.txt"),
        tar(tarfile.PAX_FORMAT, long_name),
        tar(tarfile.PAX_FORMAT, "folder/größe-花.txt"),
        tar(tarfile.GNU_FORMAT, long_name),
        tar(tarfile.GNU_FORMAT, "folder/one.txt", "w:gz"),
    ],
}, indent=1, ensure_ascii=False))
