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
