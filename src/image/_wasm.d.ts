/** imagescript's JPEG decoder (Rust jpeg-decoder): the one that gives CMYK. */
export const cmykDecoder: WebAssembly.Module;
export const gifDecoder: WebAssembly.Module;
/** MozJPEG's decoder (libjpeg-turbo), without CMYK. */
export const jpegDecoder: WebAssembly.Module;
export const jpegEncoder: WebAssembly.Module;
export const pngDecoder: WebAssembly.Module;
export const webpDecoder: WebAssembly.Module;
