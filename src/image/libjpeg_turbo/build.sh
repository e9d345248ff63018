#!/bin/sh
# Compiles decode.wasm and encode.wasm: ./build.sh SOURCES, where SOURCES is the unpacked source of
# libjpeg-turbo (README.md says which). Needs Debian's clang-19, lld-19, wasi-libc and
# libclang-rt-19-dev-wasm32.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
version=$(sed -n 's/^set(VERSION \(.*\))$/\1/p' "$1/CMakeLists.txt")
work=$(mktemp -d)
cp "$1"/src/* "$work" 2>/dev/null || true
cd "$work"

mv jmorecfg.h jmorecfg.all.h
cat >jconfig.h <<END
#define JPEG_LIB_VERSION 62
#define LIBJPEG_TURBO_VERSION $version
#define D_ARITH_CODING_SUPPORTED 1
#define MEM_SRCDST_SUPPORTED 1
#define BITS_IN_JSAMPLE 8
END
cat >jconfigint.h <<END
#define BUILD ""
#define HIDDEN
#define INLINE inline __attribute__((always_inline))
#define THREAD_LOCAL
#define PACKAGE_NAME "libjpeg-turbo"
#define VERSION "$version"
#define SIZEOF_SIZE_T 4
#define HAVE_BUILTIN_CTZL
#define FALLTHROUGH __attribute__((fallthrough));
#define D_ARITH_CODING_SUPPORTED 1
#ifndef BITS_IN_JSAMPLE
#define BITS_IN_JSAMPLE 8
#endif
END
sed 's/@COPYRIGHT_YEAR@/1991-2024/' jversion.h.in >jversion.h
# decode.c takes errors and messages before these would write and leave.
sed -i 's/fprintf(stderr.*/;/; s/exit(EXIT_FAILURE)/__builtin_trap()/' jerror.c

# build NAME UNUSED SOURCES FLAG: NAME.c with SOURCES, less what jmorecfg.h has of UNUSED.
build() {
  compile="clang-19 --target=wasm32-wasi $4 -I. -w -DNO_GETENV -DUSE_CLZ_INTRINSIC"
  sed -E "/#define ($2)_SUPPORTED/d" jmorecfg.all.h >jmorecfg.h
  objects=
  for name in $3; do
    $compile -c "$name.c" -o "$name.o"
    objects="$objects $name.o"
  done
  $compile -c "$here/$1.c" -o "$1.o"
  # What is left out is code for 12 and 16 bits a sample, which traps if it is called.
  $compile -nostartfiles \
    -Wl,--no-entry,--gc-sections,--strip-all,--unresolved-symbols=ignore-all,-z,stack-size=65536 \
    "$1.o" $objects -lc-printscan-no-floating-point -o "$here/$1.wasm"
}

# Decoding of 8-bit samples alone; the arithmetic decoder beside the Huffman decoder.
build decode \
  'C_[A-Z]*|D_LOSSLESS|ENTROPY_OPT|INPUT_SMOOTHING|QUANT_[12]PASS|SAVE_MARKERS|DCT_FLOAT' \
  'jaricom jcomapi jdapimin jdapistd jdarith jdatasrc jdcoefct jdcolor jddctmgr jdhuff jdinput
  jdmainct jdmarker jdmaster jdmerge jdphuff jdpostct jdsample jerror jidctfst jidctint jidctred
  jmemmgr jmemnobs jutils' -O3
# Encoding of 8-bit samples in progressive scans, of a few small pictures.
build encode \
  'D_[A-Z_]*|C_LOSSLESS|INPUT_SMOOTHING|QUANT_[12]PASS|SAVE_MARKERS|DCT_(FLOAT|IFAST)' \
  'jcapimin jcapistd jccoefct jccolor jcdctmgr jchuff jcinit jcmainct jcmarker jcmaster jcomapi
  jcparam jcphuff jcprepct jcsample jdatadst jerror jfdctint jmemmgr jmemnobs jutils' -Os
rm -r "$work"
