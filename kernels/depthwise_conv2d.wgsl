// Each channel convolved with its own `multiplier` filters:
//
//   y[n, i, j, c*M + m] = act(bias[c*M + m] + sum over k, l of
//     x[n, i*strideHeight + k*dilationHeight - padTop,
//          j*strideWidth + l*dilationWidth - padLeft, c] * weights[k, l, c, m])
//
// x (batch, inHeight, inWidth, inChannels), weights (windowHeight, windowWidth,
// inChannels, M = multiplier), bias (inChannels*M). y has outHeight*outWidth
// pixels of yStride channels; those from yOffset on are written.
//
// A thread owns four neighbouring pixels of a row of y, so that it loads a
// weight once for the four.

fn pixel(row: u32, column: i32, channel: u32) -> element {
  // The clamped load keeps padding a select instead of a branch.
  let inside = column >= 0 && column < i32(params.inWidth);
  let clamped = u32(clamp(column, 0, i32(params.inWidth) - 1));
  let channels = params.inChannels / VECTOR;
  let value = x[(row * params.inWidth + clamped) * channels + channel];
  return select(element(0.0), value, inside);
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y, WORKGROUP_Z)
fn main(
  @builtin(global_invocation_id) thread: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let channels = params.inChannels * params.multiplier / VECTOR;
  let channel = thread.x;
  let first = thread.y * PIXELS;
  if (channel >= channels || first >= params.outWidth) { return; }
  var source = channel;
  if (VECTOR == 1u) { source = channel / params.multiplier; }
  let start = bias[channel];
  let step = i32(params.strideWidth);
  let left = i32(first) * step - i32(params.padLeft);
  let rows = params.batch * params.outHeight;

  for (var row = thread.z; row < rows; row += workgroups.z * WORKGROUP_Z) {
    let image = row / params.outHeight;
    let top = i32((row - image * params.outHeight) * params.strideHeight) -
      i32(params.padTop);
    var sum0 = start;
    var sum1 = start;
    var sum2 = start;
    var sum3 = start;
    for (var k = 0u; k < params.windowHeight; k++) {
      let height = top + i32(k * params.dilationHeight);
      if (height < 0 || height >= i32(params.inHeight)) { continue; }
      let line = image * params.inHeight + u32(height);
      if (WINDOW == 3u) {
        let tap = k * 3u * channels + channel;
        let f0 = weights[tap];
        let f1 = weights[tap + channels];
        let f2 = weights[tap + 2u * channels];
        let x0 = pixel(line, left, source);
        let x1 = pixel(line, left + 1, source);
        let x2 = pixel(line, left + 2, source);
        let x3 = pixel(line, left + 3, source);
        let x4 = pixel(line, left + 4, source);
        let x5 = pixel(line, left + 5, source);
        if (STRIDE == 1u) {
          sum0 += x0 * f0 + x1 * f1 + x2 * f2;
          sum1 += x1 * f0 + x2 * f1 + x3 * f2;
          sum2 += x2 * f0 + x3 * f1 + x4 * f2;
          sum3 += x3 * f0 + x4 * f1 + x5 * f2;
        } else {
          let x6 = pixel(line, left + 6, source);
          let x7 = pixel(line, left + 7, source);
          let x8 = pixel(line, left + 8, source);
          sum0 += x0 * f0 + x1 * f1 + x2 * f2;
          sum1 += x2 * f0 + x3 * f1 + x4 * f2;
          sum2 += x4 * f0 + x5 * f1 + x6 * f2;
          sum3 += x6 * f0 + x7 * f1 + x8 * f2;
        }
        continue;
      }
      for (var l = 0u; l < params.windowWidth; l++) {
        let weight = weights[(k * params.windowWidth + l) * channels + channel];
        let column = left + i32(l * params.dilationWidth);
        sum0 += pixel(line, column, source) * weight;
        sum1 += pixel(line, column + step, source) * weight;
        sum2 += pixel(line, column + 2 * step, source) * weight;
        sum3 += pixel(line, column + 3 * step, source) * weight;
      }
    }
    let stride = params.yStride / VECTOR;
    let at = (row * params.outWidth + first) * stride + params.yOffset / VECTOR +
      channel;
    let count = params.outWidth - first;
    y[at] = activate_element(sum0);
    if (count > 1u) { y[at + stride] = activate_element(sum1); }
    if (count > 2u) { y[at + 2u * stride] = activate_element(sum2); }
    if (count > 3u) { y[at + 3u * stride] = activate_element(sum3); }
  }
}
