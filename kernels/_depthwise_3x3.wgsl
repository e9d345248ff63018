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
