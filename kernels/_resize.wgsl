// Where bilinear interpolation reads along one axis, in TensorFlow's float32
// (tensorflow/core/kernels/image/resize_bilinear_op.cc): the source position
// is index * scale, or (index + 0.5) * scale - 0.5 with half-pixel centers.

struct Interpolation {
  lower: u32,
  upper: u32,
  lerp: f32,
}

fn interpolation(index: u32, scale: f32, size: u32) -> Interpolation {
  // The product never exceeds the size. min() is here because it stops
  // compilers from fusing the product with a sum, which would round otherwise
  // than TensorFlow does.
  let limit = f32(size);
  var position = min(f32(index) * scale, limit);
  if (HALF_PIXEL_CENTERS) {
    position = min((f32(index) + 0.5) * scale, limit) - 0.5;
  }
  let below = floor(position);
  let upper = min(u32(max(ceil(position), 0.0)), size - 1u);
  let lower = min(u32(max(below, 0.0)), upper);
  return Interpolation(lower, upper, position - below);
}
