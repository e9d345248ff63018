// The maximum or the average of a window of each channel:
//
//   y[n, i, j, c] = reduce over k, l of
//     x[n, i*strideHeight + k - padTop, j*strideWidth + l - padLeft, c]
//
// Padding never counts: not as a maximum, not in an average's divisor.
// x (batch, inHeight, inWidth, channels). y has outHeight*outWidth pixels of
// yStride channels; those from yOffset on are written.
//
// A thread owns four neighbouring pixels of a row of y. It reduces each column
// of the windows once and hands it to every pixel whose window holds it.

// Below every float that a tensor can hold, so that it never wins.
const LOWEST = -3.402823466e+38;

//@block combine
fn combine(a: element, b: element) -> element {
  if (AVERAGE) { return a + b; }
  return max(a, b);
}

//@block combine_numbers
// The part of pool.wgsl that is a maximum of numbers alone.
fn combine(a: element, b: element) -> element {
  return select(max(a, b), a, IS_NAN);
}

//@block main
fn add_column(sum: element, value: element, column: u32, first: u32) -> element {
  let inside = column >= first && column < first + params.windowWidth;
  return select(sum, combine(sum, value), inside);
}

// How many of `window` places from `start` on lie in 0..size.
fn places(start: i32, window: u32, size: u32) -> f32 {
  return f32(min(start + i32(window), i32(size)) - max(start, 0));
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y, WORKGROUP_Z)
fn main(
  @builtin(global_invocation_id) thread: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let channels = params.channels / VECTOR;
  let channel = thread.x;
  let first = thread.y * PIXELS;
  if (channel >= channels || first >= params.outWidth) { return; }
  let step = params.strideWidth;
  let left = i32(first * step) - i32(params.padLeft);
  let count = min(PIXELS, params.outWidth - first);
  let columns = (count - 1u) * step + params.windowWidth;
  let rows = params.batch * params.outHeight;
  var identity = element(LOWEST);
  if (AVERAGE) { identity = element(0.0); }

  for (var row = thread.z; row < rows; row += workgroups.z * WORKGROUP_Z) {
    let image = row / params.outHeight;
    let top = i32((row - image * params.outHeight) * params.strideHeight) -
      i32(params.padTop);
    let begin = u32(max(top, 0));
    let end = u32(min(top + i32(params.windowHeight), i32(params.inHeight)));
    var sum0 = identity;
    var sum1 = identity;
    var sum2 = identity;
    var sum3 = identity;
    for (var column = 0u; column < columns; column++) {
      let width = left + i32(column);
      if (width < 0 || width >= i32(params.inWidth)) { continue; }
      let line = image * params.inHeight;
      var value = identity;
      for (var height = begin; height < end; height++) {
        let at = ((line + height) * params.inWidth + u32(width)) * channels;
        value = combine(value, load_x(at + channel));
      }
      sum0 = add_column(sum0, value, column, 0u);
      sum1 = add_column(sum1, value, column, step);
      sum2 = add_column(sum2, value, column, 2u * step);
      sum3 = add_column(sum3, value, column, 3u * step);
    }
    if (AVERAGE) {
      let high = places(top, params.windowHeight, params.inHeight);
      let window = params.windowWidth;
      let across = i32(step);
      sum0 /= high * places(left, window, params.inWidth);
      sum1 /= high * places(left + across, window, params.inWidth);
      sum2 /= high * places(left + 2 * across, window, params.inWidth);
      sum3 /= high * places(left + 3 * across, window, params.inWidth);
    }
    let stride = params.yStride / VECTOR;
    let at = (row * params.outWidth + first) * stride + params.yOffset / VECTOR +
      channel;
    store_y(at, sum0);
    if (count > 1u) { store_y(at + stride, sum1); }
    if (count > 2u) { store_y(at + 2u * stride, sum2); }
    if (count > 3u) { store_y(at + 3u * stride, sum3); }
  }
}
