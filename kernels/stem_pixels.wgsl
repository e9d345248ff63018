// Pictures as the first convolution reads them: scaled, a texel a pixel, within
// a border of zeros.
//
//   y[n, h, w, c] = scaled(x[n, h - padTop, w - padLeft, c])
//
// where that lies in x (batch, inHeight, inWidth, CHANNELS), else 0, as where c is
// CHANNELS or more; y (batch, laidHeight, laidWidth, 4). A thread owns PIXELS
// neighbours of y.
// The border is of zeros and not of scaled ones: convolutions pad what was scaled.
@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) thread: vec3u) {
  let first = thread.x * PIXELS;
  if (first >= params.laidWidth || thread.y >= params.laidHeight) { return; }
  // Left of x the subtraction wraps around: one comparison finds both sides.
  let row = thread.y - params.padTop;
  let line = (thread.z * params.inHeight + row) * params.inWidth;
  let y_line = (thread.z * params.laidHeight + thread.y) * params.laidWidth;
  //@each r
  {
    let column = first + $ru - params.padLeft;
    let inside = row < params.inHeight && column < params.inWidth;
    let at = select(0u, line + column, inside) * CHANNELS;
    var value = vec4f(0.0);
    //@each k
    value[$k] = load_x(at + $ku);
    //@end
    if (first + $ru < params.laidWidth) {
      store_y(y_line + first + $ru, select(vec4f(0.0), scaled(value), inside));
    }
  }
  //@end
}
