// Bilinear resize as TensorFlow's ResizeBilinear does it: with (t, b) the rows
// and (l, r) the columns around the source position, lerps u down and v across,
//
//   top = x[t, l] + (x[t, r] - x[t, l]) * v, bottom likewise
//   y = top + (bottom - top) * u
//
// x (batch, inHeight, inWidth, channels). y has outHeight*outWidth pixels of
// yStride channels; those from yOffset on are written. A thread owns a pixel.
@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) thread: vec3u) {
  if (thread.x >= params.outWidth || thread.y >= params.outHeight) { return; }
  let down = interpolation(thread.y, params.heightScale, params.inHeight);
  let across = interpolation(thread.x, params.widthScale, params.inWidth);
  let image = thread.z * params.inHeight;
  let top = (image + down.lower) * params.inWidth;
  let bottom = (image + down.upper) * params.inWidth;
  let pixel = (thread.z * params.outHeight + thread.y) * params.outWidth +
    thread.x;
  for (var c = 0u; c < params.channels; c++) {
    let top_left = x[(top + across.lower) * params.channels + c];
    let top_right = x[(top + across.upper) * params.channels + c];
    let bottom_left = x[(bottom + across.lower) * params.channels + c];
    let bottom_right = x[(bottom + across.upper) * params.channels + c];
    let above = top_left + (top_right - top_left) * across.lerp;
    let below = bottom_left + (bottom_right - bottom_left) * across.lerp;
    y[pixel * params.yStride + params.yOffset + c] =
      above + (below - above) * down.lerp;
  }
}
