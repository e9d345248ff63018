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
