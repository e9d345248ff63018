// Of the rows of split s and of each channel c:
//   means[s, c] = mean of x[r, c]
//   deviations[s, c] = sum of (x[r, c] - means[s, c])^2
//
// x: (rows, channels), means, deviations: (splits, channels), which
// batch_statistics joins. A thread owns a channel of a split and reads it
// twice, since sums of squares cancel where the mean is large.
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
  let end = min(first + params.rowsPerSplit, params.rows);
  // Sums of differences from a value of x itself stay small.
  let origin = load_x(first * stride + channel);
  var sum = element(0.0);
  for (var row = first; row < end; row++) { sum += load_x(row * stride + channel) - origin; }
  let mean = origin + sum / f32(end - first);
  var squares = element(0.0);
  for (var row = first; row < end; row++) {
    let difference = load_x(row * stride + channel) - mean;
    squares += difference * difference;
  }
  means[index] = mean;
  deviations[index] = squares;
}
