// y[r, yOffset + c] = x[r, xOffset + c] for c < channels.
//
// x: rows of xStride channels, y: rows of yStride channels; the rest of y
// stays as it is. A thread owns one element of channels and strides over rows.
@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(
  @builtin(global_invocation_id) thread: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let channel = thread.x;
  if (channel >= params.channels / VECTOR) { return; }
  let source = params.xOffset / VECTOR + channel;
  let destination = params.yOffset / VECTOR + channel;
  let step = workgroups.y * WORKGROUP_Y;
  for (var row = thread.y; row < params.rows; row += step) {
    let value = load_x(row * (params.xStride / VECTOR) + source);
    store_y(row * (params.yStride / VECTOR) + destination, value);
  }
}
