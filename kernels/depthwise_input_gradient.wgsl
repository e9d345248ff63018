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

//@block any
// The part of depthwise_input_gradient.wgsl for any dilation and multiplier.
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
          sum += weights[place * params.multiplier + m] *
            slope(base, right / i32(STRIDE_WIDTH), cells.channel * params.multiplier + m);
        }
      }
    }
    dx[(cells.row * params.inWidth + pixel) * (params.inChannels / VECTOR) + cells.channel] = sum;
  }
}

//@block walking
// The part of depthwise_input_gradient.wgsl for windows that are not dilated and
// one filter a channel. Of these, a pixel meets every strideHeight-th row and
// every strideWidth-th column: taps a and b, whose weights stay in registers. As
// the thread walks, each slope is loaded once and handed on from tap to tap.
fn weight(row: u32, column: u32, channel: u32) -> element {
  let inside = row < params.windowHeight && column < params.windowWidth;
  let place = select(0u, row * params.windowWidth + column, inside);
  let value = weights[place * (params.inChannels / VECTOR) + channel];
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
  let channel = cells.channel;
  let image = cells.row / params.inHeight;
  let down = cells.row - image * params.inHeight + params.padTop;
  let right = cells.phase + params.padLeft;
  let lines = i32(params.outHeight);
  // Tap (a, b) is of line - a and column - b.
  let line = i32(down / STRIDE_HEIGHT);
  var column = i32(cells.first + right / STRIDE_WIDTH);
  //@each a
  let inside$a = line >= $a && line - $a < lines;
  let base$a = (image * params.outHeight + u32(clamp(line - $a, 0, lines - 1))) * params.outWidth;
  //@each b
  let loaded$a_$b = weight(
    down % STRIDE_HEIGHT + $au * STRIDE_HEIGHT,
    right % STRIDE_WIDTH + $bu * STRIDE_WIDTH,
    channel,
  );
  let weight$a_$b = select(element(0.0), loaded$a_$b, inside$a);
  var slope$a_$b = slope(base$a, column - $b, channel);
  //@end
  //@end

  var pixel = cells.first * STRIDE_WIDTH + cells.phase;
  let end = min(pixel + CELLS * STRIDE_WIDTH, params.inWidth);
  for (; pixel < end; pixel += STRIDE_WIDTH) {
    var sum = element(0.0);
    //@each a
    //@each b
    sum += weight$a_$b * slope$a_$b;
    //@end
    //@end
    dx[(cells.row * params.inWidth + pixel) * (params.inChannels / VECTOR) + channel] = sum;
    column++;
    //@each a
    {
      var handed = slope(base$a, column, channel);
      //@each b
      {
        let kept = slope$a_$b;
        slope$a_$b = handed;
        handed = kept;
      }
      //@end
    }
    //@end
  }
}
