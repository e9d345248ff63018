#!/usr/bin/env bash
# Writes letters.txt, the letters of predict --grid FILE.png where the system has no fonts of its own:
#     make_letters.sh DejaVuSans.ttf        (needs Python's fonttools and brotli)
# DejaVu Sans 2.37 (Debian's fonts-dejavu-core) has Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic and
# Georgian. The file is base64 of brotli of a TrueType font with these, their marks and how they are joined.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
subset=$(mktemp)
trap 'rm -f "$subset"' EXIT
latin=U+0020-007E,U+00A0-024F,U+0300-036F,U+1E00-1EFF
greek_and_cyrillic=U+0370-03FF,U+1F00-1FFF,U+0400-052F
others=U+0531-058F,U+0590-05FF,U+0600-06FF,U+FB50-FDFF,U+FE70-FEFF,U+10A0-10FF
signs=U+2010-2044,U+2068-2069,U+20A0-20BF,U+2122,U+FFFD
pyftsubset "$1" --unicodes="$latin,$greek_and_cyrillic,$others,$signs" \
  --layout-features='*' --no-hinting --notdef-outline --output-file="$subset"
python3 - "$subset" > "$here/letters.txt" <<'PYTHON'
import base64, brotli, pathlib, sys, textwrap
packed = brotli.compress(pathlib.Path(sys.argv[1]).read_bytes())
print("\n".join(textwrap.wrap(base64.b64encode(packed).decode(), 120)))
PYTHON
