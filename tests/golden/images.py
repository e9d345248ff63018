#!/usr/bin/env python3
"""Writes tests/fixtures/images/ and tests/golden/images.json, which says how each file must decode.

The expected pixels come from TensorFlow (JPEG with INTEGER_ACCURATE, PNG, GIF) and from Pillow
(WebP, EXIF turns); where both decode a file alike in principle, they are checked against each other.

Needs: pip install pillow numpy tensorflow-cpu. Run from the repository's root.
"""

import hashlib
import io
import json
import os
import struct
import zlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf
from PIL import Image, ImageOps

FOLDER = "tests/fixtures/images/"
GOLDEN = "tests/golden/images.json"
WIDTH, HEIGHT = 45, 31  # odd, so that chroma and DCT blocks overhang both edges

random = np.random.default_rng(3)
rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
smooth = np.stack([columns * 5, rows * 8, 255 - (rows + columns) * 3], -1)
PHOTO = (smooth + random.integers(-20, 21, smooth.shape)).clip(0, 255).astype("uint8")


def saved(image: Image.Image, kind: str, **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def jpeg_files() -> dict[str, bytes]:
    photo = Image.fromarray(PHOTO)
    ink = Image.fromarray(np.dstack([PHOTO, PHOTO[..., 0] // 2]), "CMYK")
    cmyk = saved(ink, "jpeg", quality=90)
    adobe = cmyk.index(b"\xff\xee\x00\x0eAdobe")
    transform = adobe + 15
    files = {
        "baseline_420.jpg": saved(photo, "jpeg", quality=90, subsampling=2),
        "baseline_422.jpg": saved(photo, "jpeg", quality=90, subsampling=1),
        "baseline_444.jpg": saved(photo, "jpeg", quality=90, subsampling=0),
        "progressive.jpg": saved(photo, "jpeg", quality=90, progressive=True),
        "restart_markers.jpg": saved(photo, "jpeg", quality=90, restart_marker_blocks=1),
        "stored_as_rgb.jpg": saved(photo, "jpeg", quality=90, keep_rgb=True),
        "gray.jpg": saved(photo.convert("L"), "jpeg", quality=90),
        "two_pictures.jpg": saved(photo, "mpo", save_all=True, append_images=[photo.rotate(180)]),
        "cmyk_adobe.jpg": cmyk,
        "cmyk_plain.jpg": cmyk[:adobe] + cmyk[adobe + 16 :],
        "ycck_adobe.jpg": cmyk[:transform] + b"\x02" + cmyk[transform + 1 :],
    }
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        files[f"exif_{orientation}.jpg"] = saved(photo, "jpeg", quality=90, exif=exif)
    return files


def png(depth: int, color_type: int, samples: np.ndarray, interlaced=False, extra=b"") -> bytes:
    """A PNG with filter 0 on every row, from samples (HEIGHT, WIDTH, channels)."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    def packed(picture: np.ndarray) -> bytes:
        bits = (picture[..., None] >> np.arange(depth - 1, -1, -1)) & 1
        lines = bits.reshape(picture.shape[0], -1).astype("uint8")
        return b"".join(b"\0" + np.packbits(line).tobytes() for line in lines)

    adam7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    passes = [samples[y::dy, x::dx] for x, y, dx, dy in adam7] if interlaced else [samples]
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, color_type, 0, 0, interlaced)
    palette = chunk(b"PLTE", PHOTO.reshape(-1, 3)[: 2**depth].tobytes()) if color_type == 3 else b""
    transparency = chunk(b"tRNS", extra) if extra else b""
    data = zlib.compress(b"".join(packed(picture) for picture in passes), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + palette + transparency + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def png_files() -> dict[str, bytes]:
    def samples(depth: int, channels: int) -> np.ndarray:
        # Slow ramps compress well; the step differs by channel, and uses all values.
        steps = np.arange(HEIGHT * WIDTH)[:, None] * (np.arange(channels) + 1) * (257 if depth == 16 else 1)
        return (steps % 2**depth).reshape(HEIGHT, WIDTH, channels)

    files = {}
    channels = {"gray": (0, 1), "rgb": (2, 3), "palette": (3, 1), "gray_alpha": (4, 2), "rgb_alpha": (6, 4)}
    depths = {"gray": [1, 2, 4, 8, 16], "rgb": [8, 16], "palette": [1, 2, 4, 8], "gray_alpha": [8, 16], "rgb_alpha": [8, 16]}
    for name, (color_type, count) in channels.items():
        for depth in depths[name]:
            files[f"{name}{depth}.png"] = png(depth, color_type, samples(depth, count))
    files["rgb8_adam7.png"] = png(8, 2, samples(8, 3), interlaced=True)
    files["gray1_adam7.png"] = png(1, 0, samples(1, 1), interlaced=True)
    files["palette4_transparent.png"] = png(4, 3, samples(4, 1), extra=bytes(range(16)))
    files["rgb8_transparent.png"] = png(8, 2, samples(8, 3), extra=struct.pack(">HHH", 7, 14, 21))
    files["gray8_transparent.png"] = png(8, 0, samples(8, 1), extra=struct.pack(">H", 7))
    return files


def gif(screen: tuple[int, int], frames: list[tuple[int, int, int, int]], transparent=None, interlaced=False) -> bytes:
    """A GIF of frames (left, top, width, height) on a screen of another size, its LZW codes never longer than 8 bits."""

    def packed(values: np.ndarray) -> bytes:
        clear, end = 128, 129
        codes = [code for at, value in enumerate(values) for code in ([clear] if at % 100 == 0 else []) + [int(value)]]
        data = bytes(codes + [end])  # codes of 8 bits each are bytes
        blocks = (data[at : at + 255] for at in range(0, len(data), 255))
        return b"\x07" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"

    palette = bytes(value for index in range(128) for value in (index * 2, 255 - index * 2, index * 37 % 256))
    whole = b"GIF89a" + struct.pack("<HHBBB", *screen, 0xF6, 5, 0) + palette
    for number, (left, top, width, height) in enumerate(frames):
        if transparent is not None:
            whole += b"\x21\xf9\x04" + bytes([1, 0, 0, transparent]) + b"\0"
        values = (np.arange(width * height) * (number + 1) + number * 11) % 128
        place = struct.pack("<HHHHB", left, top, width, height, 0x40 if interlaced else 0)
        whole += b"\x2c" + place + packed(values)
    return whole + b"\x3b"


def gif_files() -> dict[str, bytes]:
    """What DecodeGif makes of them is TensorFlow's own: the canvas is as large as the largest frame."""
    return {
        "frame_small.gif": gif((12, 10), [(0, 0, 8, 6)]),
        "frame_offset.gif": gif((12, 10), [(3, 2, 8, 6)], transparent=7),
        "frame_outside.gif": gif((8, 6), [(3, 2, 8, 6)], interlaced=True),
        "frame_larger.gif": gif((4, 3), [(0, 0, 8, 6)]),
        "frame_before_larger.gif": gif((12, 10), [(3, 2, 5, 4), (0, 0, 12, 10)]),
        "frame_before_smaller.gif": gif((12, 10), [(1, 0, 8, 6), (2, 2, 3, 3)]),
    }


def other_files() -> dict[str, bytes]:
    photo = Image.fromarray(PHOTO)
    seen = photo.quantize(64)
    turned = seen.rotate(180)
    alpha = Image.fromarray(np.dstack([PHOTO, PHOTO[..., 0]]), "RGBA")
    exif = Image.Exif()
    exif[0x0112] = 6
    return {
        "still.gif": saved(seen, "gif"),
        "animated.gif": saved(seen, "gif", save_all=True, append_images=[turned]),
        "lossy.webp": saved(photo, "webp", quality=80),
        "lossless.webp": saved(photo, "webp", lossless=True),
        "alpha.webp": saved(alpha, "webp", lossless=True, exact=True),
        "exif_6.webp": saved(photo, "webp", quality=80, exif=exif),
        "exif_6.png": saved(photo, "png", exif=exif),
    }


def decoded(name: str, data: bytes) -> np.ndarray:
    """The pixels as stored, (height, width, 3)."""
    image = Image.open(io.BytesIO(data))
    pillow = np.asarray(image.convert("RGB"))
    if name.endswith(".webp"):
        return pillow
    if name.endswith(".jpg"):
        pixels = tf.io.decode_jpeg(data, channels=3, dct_method="INTEGER_ACCURATE").numpy()
    elif name.endswith(".png"):
        pixels = tf.io.decode_png(data, channels=3).numpy()
    else:
        pixels = tf.io.decode_gif(data).numpy()[0]
    differ_by_design = name.startswith(("cmyk", "ycck", "frame")) or "16" in name
    assert differ_by_design or np.array_equal(pillow, pixels), name
    return pixels


def main() -> None:
    os.makedirs(FOLDER, exist_ok=True)
    golden = {}
    for name, data in (jpeg_files() | png_files() | gif_files() | other_files()).items():
        with open(FOLDER + name, "wb") as file:
            file.write(data)
        stored = decoded(name, data)
        orientation = Image.open(io.BytesIO(data)).getexif().get(0x0112, 1)
        turned = Image.fromarray(stored)
        turned.getexif()[0x0112] = orientation
        upright = np.asarray(ImageOps.exif_transpose(turned))
        golden[name] = {
            "width": upright.shape[1],
            "height": upright.shape[0],
            "orientation": orientation,
            "stored": hashlib.sha256(stored.tobytes()).hexdigest(),
            "upright": hashlib.sha256(upright.tobytes()).hexdigest(),
        }
    with open(GOLDEN, "w") as file:
        json.dump(golden, file, indent=2)
        file.write("\n")


main()
