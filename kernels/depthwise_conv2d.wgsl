// Each channel convolved with its own `multiplier` filters:
//
//   y[n, i, j, c*M + m] = act(bias[c*M + m] + sum over k, l of
//     x[n, i*strideHeight + k*dilationHeight - padTop,
//          j*strideWidth + l*dilationWidth - padLeft, c] * weights[k, l, c, m])
//
// x (batch, inHeight, inWidth, inChannels), weights (windowHeight, windowWidth,
// inChannels, M = multiplier), bias (inChannels*M). y has outHeight*outWidth
// pixels of yStride channels; those from yOffset on are written.

// x at a pixel of a line (a row of an image of the batch), 0 beside it.
fn pixel(row: u32, column: i32, channel: u32) -> element {
  // The clamped load keeps padding a select instead of a branch.
  let inside = column >= 0 && column < i32(params.inWidth);
  let clamped = u32(clamp(column, 0, i32(params.inWidth) - 1));
  let channels = params.inChannels / VECTOR;
  let value = load_x((row * params.inWidth + clamped) * channels + channel);
  return select(element(0.0), value, inside);
}

// y at pixels `at` to `at + count` of a line of y, for sums of four of them.
fn store(sums: Pixels, at: u32, count: u32, channel: u32) {
  let stride = params.yStride / VECTOR;
  let first = at * stride + params.yOffset / VECTOR + channel;
  store_y(first, activate_element(sums.p0));
  if (count > 1u) { store_y(first + stride, activate_element(sums.p1)); }
  if (count > 2u) { store_y(first + 2u * stride, activate_element(sums.p2)); }
  if (count > 3u) { store_y(first + 3u * stride, activate_element(sums.p3)); }
}

// Four neighbouring pixels of a line of y.
struct Pixels {
  p0: element,
  p1: element,
  p2: element,
  p3: element,
}

//@block any
// The part of depthwise_conv2d.wgsl for any window: a thread owns four
// neighbouring pixels of a line of y, for which it loads each weight once.
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
  let start = bias[channel];
  let step = i32(params.strideWidth);
  let left = i32(first) * step - i32(params.padLeft);
  let rows = params.batch * params.outHeight;

  for (var row = thread.y; row < rows; row += workgroups.y * WORKGROUP_Y) {
    let image = row / params.outHeight;
    let top = i32((row - image * params.outHeight) * params.strideHeight) -
      i32(params.padTop);
    var sums = Pixels(start, start, start, start);
    for (var k = 0u; k < params.windowHeight; k++) {
      let height = top + i32(k * params.dilationHeight);
      if (height < 0 || height >= i32(params.inHeight)) { continue; }
      let line = image * params.inHeight + u32(height);
      for (var l = 0u; l < params.windowWidth; l++) {
        let weight = weights[(k * params.windowWidth + l) * channels + channel];
        let column = left + i32(l * params.dilationWidth);
        sums.p0 += pixel(line, column, source) * weight;
        sums.p1 += pixel(line, column + step, source) * weight;
        sums.p2 += pixel(line, column + 2 * step, source) * weight;
        sums.p3 += pixel(line, column + 3 * step, source) * weight;
      }
    }
    let count = params.outWidth - first;
    store(sums, row * params.outWidth + first, count, channel);
  }
}

//@block walking
// The part of depthwise_conv2d.wgsl for windows of 3x3, STRIDE 1 or 2: a thread
// owns four neighbouring columns of LINES lines of y and walks down them. Each
// line of x is loaded once and added to all the windows that hold it.

// The pixels of a line of x under four windows; stride 1 has no use for the
// last three.
struct Line {
  x0: element,
  x1: element,
  x2: element,
  x3: element,
  x4: element,
  x5: element,
  x6: element,
  x7: element,
  x8: element,
}

// The three weights in a row of the window.
struct Taps {
  left: element,
  center: element,
  right: element,
}

fn taps(row: u32, channel: u32) -> Taps {
  let channels = params.inChannels * params.multiplier / VECTOR;
  let at = row * 3u * channels + channel;
  return Taps(weights[at], weights[at + channels], weights[at + 2u * channels]);
}

fn line_of(image: u32, height: i32, left: i32, channel: u32) -> Line {
  var line: Line;
  if (height < 0 || height >= i32(params.inHeight)) { return line; }
  let row = image * params.inHeight + u32(height);
  line.x0 = pixel(row, left, channel);
  line.x1 = pixel(row, left + 1, channel);
  line.x2 = pixel(row, left + 2, channel);
  line.x3 = pixel(row, left + 3, channel);
  line.x4 = pixel(row, left + 4, channel);
  line.x5 = pixel(row, left + 5, channel);
  if (STRIDE == 2u) {
    line.x6 = pixel(row, left + 6, channel);
    line.x7 = pixel(row, left + 7, channel);
    line.x8 = pixel(row, left + 8, channel);
  }
  return line;
}

fn add_line(sums: Pixels, x: Line, w: Taps) -> Pixels {
  if (STRIDE == 1u) {
    return Pixels(
      sums.p0 + x.x0 * w.left + x.x1 * w.center + x.x2 * w.right,
      sums.p1 + x.x1 * w.left + x.x2 * w.center + x.x3 * w.right,
      sums.p2 + x.x2 * w.left + x.x3 * w.center + x.x4 * w.right,
      sums.p3 + x.x3 * w.left + x.x4 * w.center + x.x5 * w.right,
    );
  }
  return Pixels(
    sums.p0 + x.x0 * w.left + x.x1 * w.center + x.x2 * w.right,
    sums.p1 + x.x2 * w.left + x.x3 * w.center + x.x4 * w.right,
    sums.p2 + x.x4 * w.left + x.x5 * w.center + x.x6 * w.right,
    sums.p3 + x.x6 * w.left + x.x7 * w.center + x.x8 * w.right,
  );
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
  let left = i32(first * STRIDE) - i32(params.padLeft);
  let upper = taps(0u, channel);
  let middle = taps(1u, channel);
  let lower = taps(2u, channel);
  let start = bias[channel];
  let empty = Pixels(start, start, start, start);
  let tiles = (params.outHeight + LINES - 1u) / LINES;

  for (var tile = thread.y; tile < params.batch * tiles;
       tile += workgroups.y * WORKGROUP_Y) {
    let image = tile / tiles;
    let begin = (tile - image * tiles) * LINES;
    let end = min(begin + LINES, params.outHeight);
    var height = i32(begin * STRIDE) - i32(params.padTop);
    // Windows that have begun: `open` ends first.
    var line = line_of(image, height, left, source);
    var open = add_line(empty, line, upper);
    var next = empty;
    if (STRIDE == 1u) {
      height++;
      line = line_of(image, height, left, source);
      open = add_line(open, line, middle);
      next = add_line(empty, line, upper);
    }
    for (var row = begin; row < end; row++) {
      if (STRIDE == 2u) {
        height++;
        open = add_line(open, line_of(image, height, left, source), middle);
      }
      height++;
      line = line_of(image, height, left, source);
      let at = (image * params.outHeight + row) * params.outWidth + first;
      store(add_line(open, line, lower), at, params.outWidth - first, channel);
      if (STRIDE == 1u) {
        open = add_line(next, line, middle);
        next = add_line(empty, line, upper);
      } else {
        open = add_line(empty, line, upper);
      }
    }
  }
}
