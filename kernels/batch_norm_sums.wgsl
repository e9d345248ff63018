// Of the rows of split s and of each channel c:
//   betas[s, c] = sum of dy[r, c]
//   gammas[s, c] = sum of dy[r, c] * (x[r, c] - mean[c]) / sqrt(variance[c] + epsilon)
// which sum_rows adds up to the gradients of beta and gamma.
//
// x, dy: (rows, channels), mean, variance: (channels), betas, gammas: (splits,
// channels). A thread owns a channel of a split.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  let stride = params.channels / VECTOR;
  let split = index / stride;
  let first = split * params.rowsPerSplit;
  if (first >= params.rows) { return; }
  let channel = index - split * stride;
  let center = load_mean(channel);
  var beta = element(0.0);
  var gamma = element(0.0);
  let end = min(first + params.rowsPerSplit, params.rows);
  for (var row = first; row < end; row++) {
    let slope = load_dy(row * stride + channel);
    beta += slope;
    gamma += slope * (load_x(row * stride + channel) - center);
  }
  betas[index] = beta;
  gammas[index] = gamma / sqrt(load_variance(channel) + params.epsilon);
}
