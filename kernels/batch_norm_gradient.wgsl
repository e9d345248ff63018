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
  let deviation = sqrt(variance[channel] + params.epsilon);
  dx[index] = gamma[channel] / deviation * centered(index, channel, deviation);
}

//@block training
fn centered(index: u32, channel: u32, deviation: element) -> element {
  let z = (x[index] - mean[channel]) / deviation;
  return dy[index] - (dbeta[channel] + z * dgamma[channel]) / f32(params.rows);
}

//@block frozen
fn centered(index: u32, channel: u32, deviation: element) -> element {
  return dy[index];
}
