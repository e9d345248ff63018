// dx[n, h, w, c] = sum over i, j, m of
//   dy[n, p, q, c * M + m] * weights[i, j, c, m], where
//   p = (h + padTop - i * dilationHeight) / strideHeight and
//   q = (w + padLeft - j * dilationWidth) / strideWidth
// are whole and lie in dy.
//
// dy (batch, outHeight, outWidth, inChannels * M), weights (windowHeight,
// windowWidth, inChannels, M = multiplier), dx (batch, inHeight, inWidth,
// inChannels). The strides are constants, because division by a uniform is slow.

//@block any
// The part of depthwise_input_gradient.wgsl for any dilation and multiplier: a
// thread owns up to CELLS pixels of a line of dx that lie a stride apart, since
// those meet the same weights.

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

@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let cells = cells_of(linear_index(workgroup, workgroups, local));
  if (cells.row >= params.batch * params.inHeight) { return; }
  let image = cells.row / params.inHeight;
  let height = i32(cells.row - image * params.inHeight + params.padTop);
  for (var cell = cells.first; cell < cells.first + CELLS; cell++) {
    let pixel = cell * STRIDE_WIDTH + cells.phase;
    if (pixel >= params.inWidth) { return; }
    var sum = element(0.0);
    for (var i = 0u; i < params.windowHeight; i++) {
      let down = height - i32(i * params.dilationHeight);
      let line = down / i32(STRIDE_HEIGHT);
      if (down < 0 || down % i32(STRIDE_HEIGHT) != 0 || line >= i32(params.outHeight)) {
        continue;
      }
      let base = (image * params.outHeight + u32(line)) * params.outWidth;
      for (var j = 0u; j < params.windowWidth; j++) {
        let right = i32(pixel + params.padLeft) - i32(j * params.dilationWidth);
        if (right % i32(STRIDE_WIDTH) != 0) { continue; }
        let place = (i * params.windowWidth + j) * (params.inChannels / VECTOR) + cells.channel;
        for (var m = 0u; m < params.multiplier; m++) {
          sum += load_weights(place * params.multiplier + m) *
            slope(base, right / i32(STRIDE_WIDTH), cells.channel * params.multiplier + m);
        }
      }
    }
    store_dx((cells.row * params.inWidth + pixel) * (params.inChannels / VECTOR) + cells.channel, sum);
  }
}

//@block walking
// The part of depthwise_input_gradient.wgsl for windows of WINDOW_HEIGHT rows that
// are not dilated, and one filter a channel. Rows and columns of dx are counted with
// the pads before them, in cells of a stride: those of a cell meet the same lines
// and columns of dy. A thread owns CELLS cells beside each other and walks down
// linesPerThread of them. Each line of dy is loaded once and added to all rows that
// it meets; the rows of its own cell meet no other after it, `open` ones go on.
@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(
  @builtin(global_invocation_id) thread: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let channels = params.inChannels / VECTOR;
  // Strips of a line lie beside each other, so that few channels fill all lanes.
  let channel = thread.x % channels;
  let cell = thread.x / channels * CELLS;
  if (cell * STRIDE_WIDTH >= params.inWidth + params.padLeft) { return; }
  let lines = i32(params.outHeight);
  let columns = i32(params.outWidth);
  //@each d
  let slope$d = i32(cell) + $d - i32(BEHIND);
  let inside$d = slope$d >= 0 && slope$d < columns;
  let column$d = u32(clamp(slope$d, 0, columns - 1)) * channels + channel;
  //@end
  //@each c
  let pixel$c = i32(cell * STRIDE_WIDTH + $cu) - i32(params.padLeft);
  let exists$c = pixel$c >= 0 && pixel$c < i32(params.inWidth);
  let place$c = u32(max(pixel$c, 0)) * channels + channel;
  //@end
  //@each k
  //@each l
  let weight$k_$l = load_weights(($ku * params.windowWidth + $lu) * channels + channel);
  //@end
  //@end
  let cells = (params.inHeight + params.padTop + STRIDE_HEIGHT - 1u) / STRIDE_HEIGHT;
  let tiles = (cells + params.linesPerThread - 1u) / params.linesPerThread;

  for (var tile = thread.y; tile < params.batch * tiles;
       tile += workgroups.y * WORKGROUP_Y) {
    let image = tile / tiles;
    let begin = i32((tile - image * tiles) * params.linesPerThread);
    let end = min(begin + i32(params.linesPerThread), i32(cells));
    //@each o
    //@each c
    var open$o_$c = element(0.0);
    //@end
    //@end
    for (var line = max(begin - i32(ABOVE), 0); line < end; line++) {
      let within = line < lines;
      let base = (image * params.outHeight + u32(min(line, lines - 1))) * params.outWidth * channels;
      //@each d
      let dy$d = select(element(0.0), load_dy(base + column$d), within && inside$d);
      //@end
      //@sums
      //@each s
      let row$s = line * i32(STRIDE_HEIGHT) + $s - i32(params.padTop);
      let stored$s = line >= begin && row$s >= 0 && row$s < i32(params.inHeight);
      let at$s = (image * params.inHeight + u32(max(row$s, 0))) * params.inWidth * channels;
      //@each c
      if (stored$s && exists$c) { store_dx(at$s + place$c, sum$s_$c); }
      //@end
      //@end
      //@handed on
    }
  }
}
