// dx[n, h, w, c] = sum over i, j, m of
//   dy[n, p, q, c * M + m] * weights[i, j, c, m], where
//   p = (h + padTop - i * dilationHeight) / strideHeight and
//   q = (w + padLeft - j * dilationWidth) / strideWidth
// are whole and lie in dy.
//
// dy (batch, outHeight, outWidth, inChannels * M), weights (windowHeight,
// windowWidth, inChannels, M = multiplier), dx (batch, inHeight, inWidth,
// inChannels). A thread owns up to CELLS pixels of a line of dx that lie a
// stride apart, since those meet the same weights. The strides are constants,
// because division by a uniform is slow.

// What a thread owns: pixel first * STRIDE_WIDTH + phase and those after it.
struct Cells {
  channel: u32,
  phase: u32,
  first: u32,
  row: u32,
}

fn cells_of(index: u32) -> Cells {
  let channels = params.inChannels / VECTOR;
  let count = (params.inWidth + STRIDE_WIDTH - 1u) / STRIDE_WIDTH;
  let strips = (count + CELLS - 1u) / CELLS;
  let phases = index / channels;
  let strip = phases / STRIDE_WIDTH;
  return Cells(
    index % channels,
    phases % STRIDE_WIDTH,
    strip % strips * CELLS,
    strip / strips,
  );
}

// dy at a pixel of a line that begins at pixel `base`, 0 beside it.
fn slope(base: u32, column: i32, channel: u32) -> element {
  let inside = column >= 0 && column < i32(params.outWidth);
  let clamped = u32(clamp(column, 0, i32(params.outWidth) - 1));
  let channels = params.inChannels * params.multiplier / VECTOR;
  let value = load_dy((base + clamped) * channels + channel);
  return select(element(0.0), value, inside);
}
