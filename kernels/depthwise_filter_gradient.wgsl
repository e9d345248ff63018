// partials[s, i, j, c, m] = sum over the lines (n, p) of split s and over q of
//   x[n, p * strideHeight + i * dilationHeight - padTop,
//        q * strideWidth + j * dilationWidth - padLeft, c] * dy[n, p, q, c * M + m]
//
// x (batch, inHeight, inWidth, inChannels), dy (batch, outHeight, outWidth,
// inChannels * M), partials (splits, windowHeight, windowWidth, inChannels, M =
// multiplier), to be added up by sum_rows.
//
// A thread owns one row of the window for one output channel, in registers that
// are numbered from the right. Where windows move by what their places lie apart
// (ROLLING), all pixels but one are handed on from window to window and not loaded
// again.
const LAST = i32(WINDOW_WIDTH) - 1;

// x at a pixel of a line, 0 beside it.
fn pixel(row: i32, column: i32, channel: u32) -> element {
  let inside = column >= 0 && column < i32(params.inWidth);
  let clamped = clamp(column, 0, i32(params.inWidth) - 1);
  let channels = params.inChannels / VECTOR;
  let value = load_x(u32(row * i32(params.inWidth) + clamped) * channels + channel);
  return select(element(0.0), value, inside);
}

@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  let channels = params.inChannels * params.multiplier / VECTOR;
  let window_row = index / channels;
  let split = window_row / params.windowHeight;
  if (split >= params.splits) { return; }
  let i = window_row % params.windowHeight;
  let channel = index % channels;
  var source = channel;
  if (VECTOR == 1u) { source = channel / params.multiplier; }
  let step = i32(params.strideWidth);
  let dilation = i32(params.dilationWidth);
  //@each r
  var sum$r = element(0.0);
  //@end

  let end = min((split + 1u) * params.linesPerSplit, params.batch * params.outHeight);
  for (var line = split * params.linesPerSplit; line < end; line++) {
    let image = line / params.outHeight;
    let height = i32((line - image * params.outHeight) * params.strideHeight +
      i * params.dilationHeight) - i32(params.padTop);
    if (height < 0 || height >= i32(params.inHeight)) { continue; }
    let row = i32(image * params.inHeight) + height;
    var left = -i32(params.padLeft);
    //@each r
    var x$r = pixel(row, left + (LAST - $r) * dilation, source);
    //@end
    for (var q = 0u; q < params.outWidth; q++) {
      let slope = load_dy((line * params.outWidth + q) * channels + channel);
      //@each r
      sum$r += x$r * slope;
      //@end
      left += step;
      if (ROLLING) {
        var handed = pixel(row, left + LAST * dilation, source);
        //@each r
        {
          let kept = x$r;
          x$r = handed;
          handed = kept;
        }
        //@end
      } else {
        //@each r
        x$r = pixel(row, left + (LAST - $r) * dilation, source);
        //@end
      }
    }
  }

  let at = (split * params.windowHeight + i) * params.windowWidth;
  //@each r
  partials[(at + u32(LAST - $r)) * channels + channel] = sum$r;
  //@end
}
