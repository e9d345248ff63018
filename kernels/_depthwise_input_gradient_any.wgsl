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
