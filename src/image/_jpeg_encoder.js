// @ts-self-types="./_jpeg_encoder.d.ts"

// Apart from the decoders of _wasm.js, as few processes write a JPEG.

import source jpegEncoder from "./libjpeg_turbo/encode.wasm";

export { jpegEncoder };
