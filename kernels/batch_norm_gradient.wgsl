// With z = (x - mean) / sqrt(variance + epsilon), of the batch in TRAINING:
//   dx = gamma / sqrt(variance + epsilon) * (dy - dbeta / rows - z * dgamma / rows)
// (Ioffe and Szegedy 2015, section 3, in terms of the sums of batch_norm_sums);
// where mean and variance are constants, dx = gamma / sqrt(variance + epsilon) * dy.
//
// x, dy, dx: (rows, channels), the others (channels). A thread owns one element.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  let stride = params.channels / VECTOR;
  if (index >= params.rows * stride) { return; }
  let channel = index % stride;
  let deviation = sqrt(load_variance(channel) + params.epsilon);
  store_dx(index, load_gamma(channel) / deviation * centered(index, channel, deviation));
}

//@block training
fn centered(index: u32, channel: u32, deviation: element) -> element {
  let z = (load_x(index) - load_mean(channel)) / deviation;
  return load_dy(index) - (load_dbeta(channel) + z * load_dgamma(channel)) / f32(params.rows);
}

//@block frozen
fn centered(index: u32, channel: u32, deviation: element) -> element {
  return load_dy(index);
}
