// The part of binary.wgsl for "channels": a thread owns one element of
// channels and strides over the rows, so that it loads b once.
@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(
  @builtin(global_invocation_id) thread: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let channels = params.d3 / VECTOR;
  let channel = thread.x;
  if (channel >= channels) { return; }
  let right = b[channel];
  let rows = params.size / params.d3;
  let destination = params.yOffset / VECTOR + channel;
  for (var row = thread.y; row < rows; row += workgroups.y * WORKGROUP_Y) {
    let value = apply(a[row * channels + channel], right);
    y[row * (params.yStride / VECTOR) + destination] = activate_element(value);
  }
}
