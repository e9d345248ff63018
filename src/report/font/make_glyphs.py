"""Writes glyphs.txt, the letters of the prediction grid, from two free fonts.

    python3 make_glyphs.py DejaVuSans.ttf unifont.hex      (needs fonttools and brotli)

DejaVu Sans 2.37 (npm dejavu-fonts-ttf 2.37.3) gives outlines for the alphabets, GNU Unifont 15.0.01
(Debian unifont) gives 16-pixel bitmaps for the rest of the Basic Multilingual Plane but CJK extension A.

The file is base64 of brotli of the following, where v is an unsigned LEB128 number and z a zigzag one:
    v count, then each outline:  v code step, v advance, v contours, v bytes, then `bytes` bytes:
        each contour: v points, then each point: v(z(dx) * 2 + on curve), v(z(dy)), in units of 1/2048 em, y up
    v count, then each bitmap:   v code step, v width / 8
    then each bitmap's 16 rows from the top, width / 8 bytes a row, the leftmost pixel in the highest bit
"""

import base64
import sys
import textwrap
import unicodedata
from pathlib import Path

import brotli
from fontTools.ttLib import TTFont

CJK_EXTENSION_A = range(0x3400, 0x4E00)
FIRST_PICTOGRAM = 0x2600


def unsigned(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return out


def zigzag(value):
    return value * 2 if value >= 0 else -value * 2 - 1


def wanted_outline(code):
    kind = unicodedata.category(chr(code))
    return kind[0] in "LMNPZ" and not 0x1D400 <= code < 0x1D800 or kind[0] == "S" and code < FIRST_PICTOGRAM


def wanted_bitmap(code):
    return code not in CJK_EXTENSION_A and unicodedata.category(chr(code)) not in ("Cn", "Co", "Cs", "Cc", "Cf")


def outline(glyphs, name):
    points, ends, flags = glyphs[name].getCoordinates(glyphs)
    out, x, y, start = bytearray(), 0, 0, 0
    for end in ends:
        out += unsigned(end + 1 - start)
        for (next_x, next_y), flag in list(zip(points, flags))[start : end + 1]:
            out += unsigned(zigzag(next_x - x) * 2 + (flag & 1)) + unsigned(zigzag(next_y - y))
            x, y = next_x, next_y
        start = end + 1
    return unsigned(len(ends)) + unsigned(len(out)) + out


def pack(dejavu, unifont):
    names = {code: name for code, name in dejavu.getBestCmap().items() if wanted_outline(code)}
    out, last = unsigned(len(names)), 0
    for code, name in sorted(names.items()):
        out += unsigned(code - last) + unsigned(dejavu["hmtx"][name][0]) + outline(dejavu["glyf"], name)
        last = code

    bitmaps = {code: rows for code, rows in unifont.items() if code not in names and wanted_bitmap(code)}
    out, last = out + unsigned(len(bitmaps)), 0
    for code, rows in sorted(bitmaps.items()):
        out += unsigned(code - last) + unsigned(len(rows) // 16)
        last = code
    return out + b"".join(rows for _, rows in sorted(bitmaps.items()))


def main(ttf, hex_file):
    lines = (line.split(":") for line in Path(hex_file).read_text().split())
    unifont = {int(code, 16): bytes.fromhex(rows) for code, rows in lines}
    packed = brotli.compress(bytes(pack(TTFont(ttf), unifont)), quality=11, lgwin=24)
    text = "\n".join(textwrap.wrap(base64.b64encode(packed).decode(), 120)) + "\n"
    Path(__file__).with_name("glyphs.txt").write_text(text)


main(*sys.argv[1:])
