/** resvg, a renderer of SVG in Rust. */
export const resvg: WebAssembly.Module;
