// Four channels of a pixel of dy, one at a time; past the last it repeats it.
fn slopes(pixel: u32, column: u32) -> vec4f {
  let last = params.outChannels - 1u;
  let base = pixel * params.outChannels;
  return vec4f(
    load_dy(base + min(column, last)),
    load_dy(base + min(column + 1u, last)),
    load_dy(base + min(column + 2u, last)),
    load_dy(base + min(column + 3u, last)),
  );
}
