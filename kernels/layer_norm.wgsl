// y[r, c] = scale[c] * (x[r, c] - m) / sqrt(v + epsilon) + bias[c], m and v mean and
// variance of row r (Ba and others 2016, arXiv:1607.06450).
//
// x, y (rows, columns), scale, bias (columns). LANES threads share a row. All is
// counted from the row's first value, and the variance from the mean: values far
// from 0 that are near each other lose nothing.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let place = place_of(workgroup, workgroups, local);
  let columns = params.columns / VECTOR;
  let start = place.row * columns;
  let count = f32(params.columns);
  let first = first_of(load_x(start));
  var sum = element(0.0);
  for (var c = place.lane; c < columns; c += LANES) {
    sum += load_x(start + c) - first;
  }
  let mean = row_sums(local, vec2f(total_of(sum), 0.0)).x / count;
  var squares = element(0.0);
  for (var c = place.lane; c < columns; c += LANES) {
    let distance = load_x(start + c) - first - mean;
    squares += distance * distance;
  }
  let variance = row_sums(local, vec2f(total_of(squares), 0.0)).x / count;
  let factor = 1.0 / sqrt(variance + params.epsilon);
  if (!place.is_inside) { return; }
  for (var c = place.lane; c < columns; c += LANES) {
    let z = (load_x(start + c) - first - mean) * factor;
    store_y(start + c, fma(z, load_scale(c), load_bias(c)));
  }
}
