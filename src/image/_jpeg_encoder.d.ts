/** libjpeg-turbo's encoder. */
export const jpegEncoder: WebAssembly.Module;
