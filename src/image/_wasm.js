// @ts-self-types="./_wasm.d.ts"

// The codecs, compiled by the module loader: they come like any other import
// and need no permission, while loaders of their own read files, fetch and ask for the
// environment. JavaScript, because TypeScript has no source-phase imports yet.

import source gifDecoder from "./imagescript/gif.wasm";
import source jpegDecoder from "./libjpeg_turbo/decode.wasm";
import source pngDecoder from "./imagescript/png.wasm";
import source webpDecoder from "./jsquash/webp_dec.wasm";

export { gifDecoder, jpegDecoder, pngDecoder, webpDecoder };
