#!/bin/sh
# Makes jsfive.js: ./build.sh PACKAGE, where PACKAGE is the unpacked npm package
# (README.md says which). Its own pako gives way to the runtime's zlib, and it
# prints nothing.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
{
  echo '// @ts-self-types="./jsfive.d.ts"'
  echo '// deno-lint-ignore-file'
  echo 'import { inflateSync } from "node:zlib";'
  sed -e '/^\/\/ node_modules\/pako/,/^\/\/ esm\/filters.js/d' \
    -e '/^\/\*! Bundled license information:/,$d' \
    -e '/console\.[a-z]*(/d' \
    -e 's/return inflate_1(input_array).buffer;/return new Uint8Array(inflateSync(input_array, { maxOutputLength: 2 ** 28 })).buffer;/' \
    "$1/dist/esm/index.mjs"
} >"$here/jsfive.js"
sha256sum "$here/jsfive.js"
