// partials[s, i, j, c, m] = sum over the pixels (n, p, q) of split s of
//   x[n, p * strideHeight + i * dilationHeight - padTop,
//        q * strideWidth + j * dilationWidth - padLeft, c] * dy[n, p, q, c * M + m]
//
// x (batch, inHeight, inWidth, inChannels), dy (batch, outHeight, outWidth,
// inChannels * M), partials (splits, windowHeight, windowWidth, inChannels, M =
// multiplier), to be added up by sum_rows.

//@block rows
// The part of depthwise_filter_gradient.wgsl for any window and multiplier; splits
// have whole lines. A thread owns one row of the window for one output channel, in registers that
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

  let end = min((split + 1u) * params.tilesPerSplit, params.batch * params.outHeight);
  for (var line = split * params.tilesPerSplit; line < end; line++) {
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
  store_partials((at + u32(LAST - $r)) * channels + channel, sum$r);
  //@end
}

//@block walking
// The part of depthwise_filter_gradient.wgsl for windows of WINDOW_HEIGHT rows that
// are not dilated, and one filter a channel; splits have whole strips of an image's
// columns, PIXELS wide. A thread owns the whole window and walks down the strips:
// each pixel of dy is loaded once, and so is each of x in a strip, `kept` for the
// lines that follow.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  let channels = params.inChannels / VECTOR;
  let split = index / channels;
  if (split >= params.splits) { return; }
  let channel = index % channels;
  let lines = i32(params.inHeight);
  let columns = i32(params.inWidth);
  let strips = (params.outWidth + PIXELS - 1u) / PIXELS;
  let top = i32(WINDOW_HEIGHT - NEW_LINES) - i32(params.padTop);
  // Lines that the first windows have in common with windows before them.
  let before = max(0, i32(WINDOW_HEIGHT) - 1 - i32(params.padTop)) / i32(STRIDE_HEIGHT);
  //@each k
  //@each l
  var sum$k_$l = element(0.0);
  //@end
  //@end

  let end = min((split + 1u) * params.tilesPerSplit, params.batch * strips);
  for (var tile = split * params.tilesPerSplit; tile < end; tile++) {
    let image = tile / strips;
    let first = (tile - image * strips) * PIXELS;
    let left = i32(first * STRIDE_WIDTH) - i32(params.padLeft);
    //@each c
    let inside$c = left + $c >= 0 && left + $c < columns;
    let column$c = u32(clamp(left + $c, 0, columns - 1)) * channels + channel;
    //@end
    //@each p
    let exists$p = first + $pu < params.outWidth;
    let pixel$p = min(first + $pu, params.outWidth - 1u) * channels + channel;
    //@end
    //@each o
    //@each c
    var kept$o_$c = element(0.0);
    //@end
    //@end
    for (var row = -before; row < i32(params.outHeight); row++) {
      //@each i
      let line$i = row * i32(STRIDE_HEIGHT) + top + $i;
      let within$i = line$i >= 0 && line$i < lines;
      let base$i = (image * params.inHeight + u32(clamp(line$i, 0, lines - 1))) *
        params.inWidth * channels;
      //@each c
      let x$i_$c = select(element(0.0), load_x(base$i + column$c), within$i && inside$c);
      //@end
      //@end
      let at = (image * params.outHeight + u32(max(row, 0))) * params.outWidth * channels;
      //@each p
      let slope$p = select(element(0.0), load_dy(at + pixel$p), row >= 0 && exists$p);
      //@end
      //@sums
      //@handed on
    }
  }

  let at = split * params.windowHeight * params.windowWidth;
  //@each k
  //@each l
  store_partials((at + $ku * params.windowWidth + $lu) * channels + channel, sum$k_$l);
  //@end
  //@end
}
