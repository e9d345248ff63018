#!/bin/sh
# Makes jsfive.js: ./build.sh PACKAGE, where PACKAGE is the unpacked npm package
# (README.md says which). Its own pako gives way to the runtime's zlib, it prints
# nothing, and it stops after as many reads as it is allowed.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
{
  cat <<'END'
// @ts-self-types="./jsfive.d.ts"
// deno-lint-ignore-file
import { inflateSync } from "node:zlib";

let left = Infinity;
export function allow(reads) {
  left = reads;
}
function spend(reads) {
  left -= reads;
  if (!(left >= 0)) throw new RangeError("more reads than are allowed");
}

END
  sed -e '/^\/\/ node_modules\/pako/,/^\/\/ esm\/filters.js/d' \
    -e '/^\/\*! Bundled license information:/,$d' \
    -e '/console\.[a-z]*(/d' \
    -e 's/return inflate_1(input_array).buffer;/return new Uint8Array(inflateSync(input_array, { maxOutputLength: 2 ** 28 })).buffer;/' \
    -e 's/^  unpack_from(fmt, buffer, offset) {$/&\n    spend(1);/' \
    -e 's/^    var value = new Array(count);$/    spend(count);\n&/' \
    -e 's/^        var cview = new DataView64(chunk_buffer);$/        spend(chunk_size);\n&/' \
    "$1/dist/esm/index.mjs"
} >"$here/jsfive.js"
sha256sum "$here/jsfive.js"
