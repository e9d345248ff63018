#!/usr/bin/env python3
"""Writes tests/fixtures/images/jpegs.bin.gz, drawn JPEGs one after the other, and tests/golden/jpegs.json, which says where
each lies and how it must decode.

Every sampling that fits a scan, in every coding that libjpeg-turbo has, and the four inks of Pillow. The expected pixels are
TensorFlow's, for INTEGER_ACCURATE and for INTEGER_FAST, which must also be its default; the former are checked against
Pillow and djpeg, whose libjpeg-turbo are others. Only where scans are missing do they differ, since libjpeg-turbo 3 smooths
more truly than TensorFlow's 2.1.4: Pillow's are expected there, and there are none for INTEGER_FAST.

Needs: pip install pillow numpy tensorflow-cpu; apt install libjpeg-turbo-progs. Run from the repository's root.
"""

import gzip
import hashlib
import io
import json
import os
import subprocess

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf
from PIL import Image

FILES = "tests/fixtures/images/jpegs.bin.gz"
GOLDEN = "tests/golden/jpegs.json"
SIZES = [(1, 17), (17, 2), (31, 29), (40, 24)]
SAMPLINGS = [
    "1x1", "2x1", "1x2", "2x2", "4x1", "1x4", "4x2", "2x4", "3x1", "1x3", "3x2",
    "2x1,1x2", "1x2,2x1", "2x2,2x1", "2x2,1x2", "2x2,2x1,1x2", "2x2,1x2,2x1", "2x1,2x1,1x1", "2x1,1x1,2x1", "2x2,2x1,2x1",
    "1x1,2x2", "1x1,1x2,2x1", "4x1,2x1", "1x4,1x2",
]  # fmt: skip
CODINGS = {
    "baseline": [],
    "progressive": ["-progressive"],
    "restart": ["-restart", "1"],
    "rgb": ["-rgb"],
    "arithmetic": ["-arithmetic"],
    "arithmetic_progressive": ["-arithmetic", "-progressive"],
}

random = np.random.default_rng(5)


def draw(width: int, height: int) -> np.ndarray:
    rows, columns = np.mgrid[0:height, 0:width]
    waves = 128 + 127 * np.sin(columns / 3.1 + rows / 5.7)
    board = 255 * ((columns // 4 + rows // 3) % 2)
    picture = np.stack([waves, board, columns * 255 / max(1, width - 1)], -1)
    picture[height // 4 : height // 2, width // 4 : width // 2] = [250, 20, 30]
    return (picture + random.normal(0, 20, picture.shape)).clip(0, 255).astype("uint8")


def compressed(picture: np.ndarray, *options: str) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "ppm")
    command = ["cjpeg", "-quality", "70", *options]
    return subprocess.run(command, input=stream.getvalue(), stdout=subprocess.PIPE, check=True).stdout


def three_inks_and_black(picture: np.ndarray, **options) -> dict[str, bytes]:
    """As Adobe stores it, without its marker, and as YCCK."""
    ink = np.dstack([255 - picture, 127 - picture.max(-1) // 2])
    stream = io.BytesIO()
    Image.fromarray(ink, "CMYK").save(stream, "jpeg", quality=80, **options)
    cmyk = stream.getvalue()
    marker = cmyk.index(b"\xff\xee\x00\x0eAdobe")
    transform = marker + 15
    return {
        "cmyk": cmyk,
        "cmyk_plain": cmyk[:marker] + cmyk[marker + 16 :],
        "ycck": cmyk[:transform] + b"\x02" + cmyk[transform + 1 :],
    }


def without_last_scans(data: bytes, scans: int) -> bytes:
    """A progressive file that ends before its last scans, whose blocks libjpeg smooths."""
    starts = [at for at in range(len(data)) if data[at : at + 2] == b"\xff\xda"]
    return data[: starts[-scans]] + b"\xff\xd9"


def files() -> dict[str, bytes]:
    drawn = {}
    for width, height in SIZES:
        size = f"{width}x{height}"
        picture = draw(width, height)
        for coding, options in CODINGS.items():
            for sampling in SAMPLINGS:
                drawn[f"{coding} {sampling} {size}"] = compressed(picture, "-sample", sampling, *options)
            drawn[f"{coding} gray {size}"] = compressed(picture, "-grayscale", *[o for o in options if o != "-rgb"])
        for subsampling in range(3):
            for progressive in (False, True):
                inks = three_inks_and_black(picture, subsampling=subsampling, progressive=progressive)
                coding = "progressive" if progressive else "baseline"
                drawn |= {f"{kind} {coding} {subsampling} {size}": data for kind, data in inks.items()}
    for sampling in ["1x1", "2x2", "1x2"]:
        whole = compressed(draw(67, 45), "-progressive", "-sample", sampling)
        for scans in range(1, 10):
            drawn[f"smoothed {sampling} {scans}"] = without_last_scans(whole, scans)
    return drawn


def digest(pixels: np.ndarray) -> str:
    return hashlib.sha256(pixels.tobytes()).hexdigest()[:16]


def decoded(name: str, data: bytes) -> tuple[str, str | None]:
    if name.startswith("smoothed"):
        return digest(np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))), None
    accurate, fast, default = (
        tf.io.decode_jpeg(data, channels=3, dct_method=method).numpy() for method in ("INTEGER_ACCURATE", "INTEGER_FAST", "")
    )
    assert np.array_equal(fast, default), name
    if not name.startswith(("cmyk", "ycck")):
        pillow = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        ppm = subprocess.run(["djpeg", "-rgb"], input=data, stdout=subprocess.PIPE, check=True).stdout
        assert np.array_equal(accurate, pillow), name
        assert np.array_equal(accurate, np.asarray(Image.open(io.BytesIO(ppm)))), name
    return digest(accurate), digest(fast)


def main() -> None:
    golden = {}
    whole = b""
    for name, data in files().items():
        accurate, fast = decoded(name, data)
        golden[name] = [len(whole), len(data), accurate, fast]
        whole += data
    with open(FILES, "wb") as file:
        file.write(gzip.compress(whole, 9, mtime=0))
    with open(GOLDEN, "w") as file:
        lines = (f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in golden.items())
        file.write("{\n" + ",\n".join(lines) + "\n}\n")
    print(len(golden), "files")


main()
