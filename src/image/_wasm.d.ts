export const gifDecoder: WebAssembly.Module;
/** libjpeg-turbo's decoder. */
export const jpegDecoder: WebAssembly.Module;
export const pngDecoder: WebAssembly.Module;
export const webpDecoder: WebAssembly.Module;
