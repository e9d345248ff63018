// @ts-self-types="./_wasm.d.ts"

// The codecs, compiled by the module loader: they come from the module cache like any other import
// and need no permission, while the packages' own loaders read files, fetch and ask for the
// environment. JavaScript, because TypeScript has no source-phase imports yet.

import source cmykDecoder from "imagescript/wasm/any/jpeg.wasm";
import source gifDecoder from "imagescript/wasm/any/gif.wasm";
import source jpegDecoder from "@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm";
import source jpegEncoder from "@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm";
import source pngDecoder from "imagescript/wasm/any/png.wasm";
import source webpDecoder from "@jsquash/webp/codec/dec/webp_dec.wasm";

export {
  cmykDecoder,
  gifDecoder,
  jpegDecoder,
  jpegEncoder,
  pngDecoder,
  webpDecoder,
};
