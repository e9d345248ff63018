// Each channel convolved with its own `multiplier` filters:
//
//   y[n, i, j, c*M + m] = act(bias[c*M + m] + sum over k, l of
//     x[n, i*strideHeight + k*dilationHeight - padTop,
//          j*strideWidth + l*dilationWidth - padLeft, c] * weights[k, l, c, m])
//
// x (batch, inHeight, inWidth, inChannels), weights (windowHeight, windowWidth,
// inChannels, M = multiplier), bias (inChannels*M). y has outHeight*outWidth
// pixels of yStride channels; those from yOffset on are written.

// Where a channel of a pixel of y lies.
fn place(pixel: u32, channel: u32) -> u32 {
  return pixel * pixel_stride() + params.yOffset / VECTOR + channel;
}

// From a pixel of y to the next.
fn pixel_stride() -> u32 { return params.yStride / VECTOR; }

//@block any
// The part of depthwise_conv2d.wgsl for any window: a thread owns PIXELS
// neighbouring pixels of a line of y, for which it loads each weight once.

// x at a pixel of a line (a row of an image of the batch), 0 beside it.
fn pixel(row: u32, column: i32, channel: u32) -> element {
  // The clamped load keeps padding a select instead of a branch.
  let inside = column >= 0 && column < i32(params.inWidth);
  let clamped = u32(clamp(column, 0, i32(params.inWidth) - 1));
  let channels = params.inChannels / VECTOR;
  let value = load_x((row * params.inWidth + clamped) * channels + channel);
  return select(element(0.0), value, inside);
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(
  @builtin(global_invocation_id) thread: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let channels = params.inChannels * params.multiplier / VECTOR;
  // Strips of a line lie beside each other, so that few channels fill all lanes.
  let channel = thread.x % channels;
  let first = thread.x / channels * PIXELS;
  if (first >= params.outWidth) { return; }
  var source = channel;
  if (VECTOR == 1u) { source = channel / params.multiplier; }
  let start = load_bias(channel);
  let step = i32(params.strideWidth);
  let left = i32(first) * step - i32(params.padLeft);
  let rows = params.batch * params.outHeight;

  for (var row = thread.y; row < rows; row += workgroups.y * WORKGROUP_Y) {
    let image = row / params.outHeight;
    let top = i32((row - image * params.outHeight) * params.strideHeight) -
      i32(params.padTop);
    //@each p
    var sum$p = start;
    //@end
    for (var k = 0u; k < params.windowHeight; k++) {
      let height = top + i32(k * params.dilationHeight);
      if (height < 0 || height >= i32(params.inHeight)) { continue; }
      let line = image * params.inHeight + u32(height);
      for (var l = 0u; l < params.windowWidth; l++) {
        let weight = load_weights((k * params.windowWidth + l) * channels + channel);
        let column = left + i32(l * params.dilationWidth);
        //@each p
        sum$p += pixel(line, column + $p * step, source) * weight;
        //@end
      }
    }
    let at = place(row * params.outWidth + first, channel);
    //@each p
    if (first + $pu < params.outWidth) { store_y(at + $pu * pixel_stride(), activate_element(sum$p)); }
    //@end
  }
}

//@block walking
// The part of depthwise_conv2d.wgsl for windows of WINDOW_HEIGHT rows that are
// not dilated: a thread owns PIXELS neighbouring columns of linesPerThread lines of
// y and walks down them. Each line of x is loaded once and added to all the windows
// that hold it; of these, `open` ones go on with the lines that follow, the first
// of them for one more row of y. Weights and bias are loaded once, before all lines.
@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(
  @builtin(global_invocation_id) thread: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let channels = params.inChannels * params.multiplier / VECTOR;
  // Strips of a line lie beside each other, so that few channels fill all lanes.
  let channel = thread.x % channels;
  let first = thread.x / channels * PIXELS;
  if (first >= params.outWidth) { return; }
  var source = channel;
  if (VECTOR == 1u) { source = channel / params.multiplier; }
  let sources = params.inChannels / VECTOR;
  let left = i32(first * STRIDE_WIDTH) - i32(params.padLeft);
  let lines = i32(params.inHeight);
  let columns = i32(params.inWidth);
  //@each c
  let inside$c = left + $c >= 0 && left + $c < columns;
  let column$c = u32(clamp(left + $c, 0, columns - 1)) * sources + source;
  //@end
  //@each k
  //@each l
  let weight$k_$l = load_weights(($ku * params.windowWidth + $lu) * channels + channel);
  //@end
  //@end
  let start = load_bias(channel);
  // The lines that a row of y needs and the one before it does not are its last.
  let top = i32(WINDOW_HEIGHT - NEW_LINES) - i32(params.padTop);
  // Rows of y before the first, whose windows hold lines of x that the first needs.
  let before = max(0, i32(WINDOW_HEIGHT) - 1 - i32(params.padTop)) / i32(STRIDE_HEIGHT);
  let tiles = (params.outHeight + params.linesPerThread - 1u) / params.linesPerThread;

  for (var tile = thread.y; tile < params.batch * tiles;
       tile += workgroups.y * WORKGROUP_Y) {
    let image = tile / tiles;
    let begin = i32((tile - image * tiles) * params.linesPerThread);
    let end = min(begin + i32(params.linesPerThread), i32(params.outHeight));
    //@each o
    //@each p
    var open$o_$p = start;
    //@end
    //@end
    for (var row = max(begin - i32(OPEN), -before); row < end; row++) {
      //@each i
      let line$i = row * i32(STRIDE_HEIGHT) + top + $i;
      let within$i = line$i >= 0 && line$i < lines;
      let base$i = (image * params.inHeight + u32(clamp(line$i, 0, lines - 1))) *
        params.inWidth * sources;
      //@each c
      let x$i_$c = select(element(0.0), load_x(base$i + column$c), within$i && inside$c);
      //@end
      //@end
      //@sums
      let at = place((image * params.outHeight + u32(max(row, 0))) * params.outWidth + first, channel);
      //@each p
      if (row >= begin && first + $pu < params.outWidth) {
        store_y(at + $pu * pixel_stride(), activate_element(sum0_$p));
      }
      //@end
      //@handed on
    }
  }
}
