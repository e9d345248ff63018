/** imagescript's JPEG decoder (Rust jpeg-decoder): the one that gives CMYK. */
export const cmykDecoder: WebAssembly.Module;
/** imagescript's GIF decoder. */
export const gifDecoder: WebAssembly.Module;
/** MozJPEG's decoder (libjpeg-turbo), without CMYK. */
export const jpegDecoder: WebAssembly.Module;
/** MozJPEG's encoder. */
export const jpegEncoder: WebAssembly.Module;
/** imagescript's PNG decoder. */
export const pngDecoder: WebAssembly.Module;
/** libwebp's decoder. */
export const webpDecoder: WebAssembly.Module;
