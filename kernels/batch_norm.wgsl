// y[r, c] = act(gamma[c] * (x[r, c] - mean[c]) / sqrt(variance[c] + epsilon) + beta[c])
//
// x (size / channels rows, channels); mean, variance, beta, gamma (channels).
// y has rows of yStride channels; those from yOffset on are written.
// A thread owns one element of channels and strides over the rows.
@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(
  @builtin(global_invocation_id) thread: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let channels = params.channels / VECTOR;
  let channel = thread.x;
  if (channel >= channels) { return; }
  let scale = load_gamma(channel) /
    sqrt(load_variance(channel) + element(params.epsilon));
  let center = load_mean(channel);
  let shift = load_beta(channel);
  let rows = params.size / params.channels;
  let column = params.yOffset / VECTOR + channel;
  for (var row = thread.y; row < rows; row += workgroups.y * WORKGROUP_Y) {
    // The mean is taken off first: folded into the shift it would cancel.
    let value = (load_x(row * channels + channel) - center) * scale + shift;
    store_y(row * (params.yStride / VECTOR) + column, activate_element(value));
  }
}
