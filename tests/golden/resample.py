"""Goldens of kernels/resample_images.ts: digests of what Pillow makes of noise.

    python3 tests/golden/resample.py > tests/golden/resample.json
"""
import hashlib
import json

import PIL
import numpy as np
from PIL import Image

FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}

# (height, width) of the picture, (height, width) of what is made, shorter side or None
CASES = [
    ((375, 500), (224, 224), 256),
    ((500, 375), (224, 224), 224),
    ((333, 500), (299, 299), None),
    ((240, 243), (224, 224), 235),
    ((1203, 1601), (224, 224), 256),
    ((97, 64), (224, 224), 255),
    ((30, 31), (33, 32), 33),
    ((1, 7), (24, 24), 27),
    ((301, 1), (24, 24), 25),
    ((1, 1), (5, 5), None),
    ((1, 900), (8, 8), None),
    ((224, 224), (224, 224), 224),
    ((256, 341), (224, 224), 256),
    # Heights that shrink most, with which Pillow begins from version 13 on.
    ((664, 322), (224, 224), 256),
    ((375, 250), (224, 224), None),
    ((90, 70), (30, 17), None),
    ((90, 41), (31, 41), None),
]


def noise(height, width):
    count = np.arange(height * width * 3, dtype=np.uint64)
    bytes_ = ((count * 2654435761) & 0xFFFFFFFF) >> 24
    return Image.fromarray(bytes_.astype(np.uint8).reshape(height, width, 3))


def resized_crop(image, filter_, out, shorter_side):
    """As torchvision's Resize and CenterCrop have it, on a picture of Pillow's."""
    height, width = out
    if shorter_side is None:
        return image.resize((width, height), filter_)
    long_side = int(shorter_side * max(image.size) / min(image.size))
    is_wide = image.width > image.height
    size = (long_side, shorter_side) if is_wide else (shorter_side, long_side)
    image = image.resize(size, filter_)
    top = int(round((image.height - height) / 2.0))
    left = int(round((image.width - width) / 2.0))
    return image.crop((left, top, left + width, top + height))


def main():
    cases = []
    for size, out, shorter_side in CASES:
        for name, filter_ in FILTERS.items():
            made = resized_crop(noise(*size), filter_, out, shorter_side)
            cases.append({
                "size": size,
                "out": out,
                "filter": name,
                **({} if shorter_side is None else {"shorterSide": shorter_side}),
                "sha256": hashlib.sha256(np.asarray(made).tobytes()).hexdigest(),
            })
    print(json.dumps({"pillow": PIL.__version__, "cases": cases}, indent=1))


main()
