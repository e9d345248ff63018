"""Asks onnxruntime what exported runs say of photos, and compares that with the
answers of `predict --json`; needs numpy, onnx, onnxruntime, Pillow and tensorflow.

    espalier predict RUN PHOTO ... --json > answers.json
    espalier export RUN --to onnx --out pixels.onnx
    espalier export RUN --to onnx --from u8 --out u8.onnx
    python exported_runs.py answers.json pixels.onnx u8.onnx
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime
from PIL import Image


def resized(picture, resize):
    """What a model of pixels is fed with, (1, height, width, 3)."""
    height, width = resize["height"], resize["width"]
    resampling = resize.get("resampling")
    if not resampling:
        import tensorflow

        return tensorflow.raw_ops.ResizeBilinear(
            images=picture[None].astype(np.float32),
            size=[height, width],
            align_corners=resize["alignCorners"],
            half_pixel_centers=resize["halfPixelCenters"],
        ).numpy()
    image = Image.fromarray(picture)
    filters = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}
    kind = filters[resampling["filter"]]
    shorter = resampling.get("shorterSide")
    if shorter is None:
        made = image.resize((width, height), kind)
    else:
        sides = [side * shorter // min(image.size) for side in image.size]
        left, top = (
            round((side - kept) / 2) for side, kept in zip(sides, (width, height))
        )
        made = image.resize(sides, kind).crop((left, top, left + width, top + height))
    return np.array(made)[None].astype(np.float32)


def main(answers, *models):
    lines = (json.loads(line) for line in open(answers))
    asked = [line for line in lines if "confidence" in line]
    for path in models:
        onnx.checker.check_model(path, full_check=True)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        facts = session.get_modelmeta().custom_metadata_map
        labels, resize = json.loads(facts["labels"]), json.loads(facts["resize"])
        [fed] = session.get_inputs()
        worst, same = 0, 0
        for answer in asked:
            picture = np.array(Image.open(answer["path"]).convert("RGB"))
            if fed.type == "tensor(float)":
                picture = resized(picture, resize)
                if fed.shape[1] == 3:
                    picture = picture.transpose(0, 3, 1, 2)
            [[row]] = [session.run(["probabilities"], {fed.name: picture})[0]]
            best = int(row.argmax())
            same += labels[best] == answer["label"]
            worst = max(worst, abs(float(row[best]) - answer["confidence"]))
        print(f"{path}: {same} of {len(asked)} labels the same, probabilities within {worst:.1e}")


main(*sys.argv[1:])
