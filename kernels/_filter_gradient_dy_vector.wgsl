// Four channels of a pixel of dy at once; past the last it repeats them.
fn slopes(pixel: u32, column: u32) -> vec4f {
  let vectors = params.outChannels / 4u;
  return load_dy(pixel * vectors + min(column / 4u, vectors - 1u));
}
