// dx[n, h, w, c] = sum over i, j, m of
//   dy[n, p, q, c * M + m] * weights[i, j, c, m], where
//   p = (h + padTop - i * dilationHeight) / strideHeight and
//   q = (w + padLeft - j * dilationWidth) / strideWidth
// are whole and lie in dy.
//
// dy (batch, outHeight, outWidth, inChannels * M), weights (windowHeight,
// windowWidth, inChannels, M = multiplier), dx (batch, inHeight, inWidth,
// inChannels). A thread owns four pixels of a line of dx that lie a stride
// apart: they meet the same weights, which are loaded once, and neighbours of dy.

// dy at a pixel of a line, 0 beside it.
fn slope(row: u32, column: i32, channel: u32) -> element {
  let inside = column >= 0 && column < i32(params.outWidth);
  let clamped = u32(clamp(column, 0, i32(params.outWidth) - 1));
  let channels = params.inChannels * params.multiplier / VECTOR;
  let value = dy[(row * params.outWidth + clamped) * channels + channel];
  return select(element(0.0), value, inside);
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y, WORKGROUP_Z)
fn main(
  @builtin(global_invocation_id) thread: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let channels = params.inChannels / VECTOR;
  let channel = thread.x;
  let step = params.strideWidth;
  let phase = thread.y % step;
  let cell = thread.y / step * 4u;
  let first = cell * step + phase;
  if (channel >= channels || first >= params.inWidth) { return; }
  let rows = params.batch * params.inHeight;

  for (var row = thread.z; row < rows; row += workgroups.z * WORKGROUP_Z) {
    let image = row / params.inHeight;
    let height = i32(row - image * params.inHeight + params.padTop);
    var sum0 = element(0.0);
    var sum1 = element(0.0);
    var sum2 = element(0.0);
    var sum3 = element(0.0);
    for (var i = 0u; i < params.windowHeight; i++) {
      let down = height - i32(i * params.dilationHeight);
      let line = down / i32(params.strideHeight);
      if (down < 0 || down % i32(params.strideHeight) != 0 || line >= i32(params.outHeight)) {
        continue;
      }
      let out_row = image * params.outHeight + u32(line);
      for (var j = 0u; j < params.windowWidth; j++) {
        let right = i32(phase + params.padLeft) - i32(j * params.dilationWidth);
        if (right % i32(step) != 0) { continue; }
        let column = i32(cell) + right / i32(step);
        let place = (i * params.windowWidth + j) * channels + channel;
        for (var m = 0u; m < params.multiplier; m++) {
          let filtered = channel * params.multiplier + m;
          let weight = weights[place * params.multiplier + m];
          sum0 += slope(out_row, column, filtered) * weight;
          sum1 += slope(out_row, column + 1, filtered) * weight;
          sum2 += slope(out_row, column + 2, filtered) * weight;
          sum3 += slope(out_row, column + 3, filtered) * weight;
        }
      }
    }
    let at = (row * params.inWidth + first) * channels + channel;
    dx[at] = sum0;
    if (first + step < params.inWidth) { dx[at + step * channels] = sum1; }
    if (first + 2u * step < params.inWidth) { dx[at + 2u * step * channels] = sum2; }
    if (first + 3u * step < params.inWidth) { dx[at + 3u * step * channels] = sum3; }
  }
}
