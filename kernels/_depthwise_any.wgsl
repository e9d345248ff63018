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
