// ResizeBilinear (see resize_bilinear.wgsl) of decoded photos, each of its own
// size, into one batch.
//
// pixels: the photos' bytes R, G, B, R, ..., four in a word, low byte first,
// row by row; each photo starts a new word. table: for each entry
// (first word, height, width, row); a height of 0 leaves the row alone.
// y (batch, outHeight, outWidth, 3). A thread owns a pixel of y, z the entry.

//@block color
fn color(first_word: u32, pixel: u32) -> vec3f {
  let byte = pixel * 3u;
  let word = first_word + byte / 4u;
  let shift = byte % 4u * 8u;
  var bits = load_pixels(word) >> shift;
  if (shift > 8u) { bits |= load_pixels(word + 1u) << (32u - shift); }
  return vec3f(vec3u(bits, bits >> 8u, bits >> 16u) & vec3u(0xffu));
}

//@block bilinear
// a / b as IEEE 754 rounds it, which WGSL's division need not do, and a scale
// that is off by one unit moves the far edge of a photo. The remainder of the
// 24-bit mantissa is exact in integers (its high bits may wrap) and says by how
// much to correct it.
fn quotient(a: u32, b: u32) -> f32 {
  let bits = bitcast<u32>(f32(a) / f32(b));
  var mantissa = i32((bits & 0x7fffffu) | 0x800000u);
  let shift = 150u - (bits >> 23u);
  let scaled = select(0u, a << (shift & 31u), shift < 32u);
  var remainder = i32(scaled - u32(mantissa) * b);
  for (var i = 0u; i < 4u && 2 * remainder > i32(b); i++) {
    mantissa++;
    remainder -= i32(b);
  }
  for (var i = 0u; i < 4u && 2 * remainder < -i32(b); i++) {
    mantissa--;
    remainder += i32(b);
  }
  // A carry out of the mantissa raises the exponent, as it should.
  return bitcast<f32>((bits & 0xff800000u) + u32(mantissa - 0x800000));
}

fn scale_of(in_size: u32, out_size: u32) -> f32 {
  if (ALIGN_CORNERS && out_size > 1u) {
    if (in_size == 1u) { return 0.0; }
    return quotient(in_size - 1u, out_size - 1u);
  }
  return quotient(in_size, out_size);
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) thread: vec3u) {
  if (thread.x >= params.outWidth || thread.y >= params.outHeight) { return; }
  let first_word = load_table(thread.z * 4u);
  let height = load_table(thread.z * 4u + 1u);
  let width = load_table(thread.z * 4u + 2u);
  let row = load_table(thread.z * 4u + 3u);
  if (height == 0u || width == 0u) { return; }
  let down = interpolation(thread.y, scale_of(height, params.outHeight), height);
  let across = interpolation(thread.x, scale_of(width, params.outWidth), width);
  let top_left = color(first_word, down.lower * width + across.lower);
  let top_right = color(first_word, down.lower * width + across.upper);
  let bottom_left = color(first_word, down.upper * width + across.lower);
  let bottom_right = color(first_word, down.upper * width + across.upper);
  let top = top_left + (top_right - top_left) * across.lerp;
  let bottom = bottom_left + (bottom_right - bottom_left) * across.lerp;
  let result = top + (bottom - top) * down.lerp;
  let pixel = (row * params.outHeight + thread.y) * params.outWidth + thread.x;
  y[pixel * 3u] = result.x;
  y[pixel * 3u + 1u] = result.y;
  y[pixel * 3u + 2u] = result.z;
}
