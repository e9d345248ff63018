// With z = (x - m) / sqrt(v + epsilon) of a row, as in layer_norm, and g = scale * dy:
//   dx = (g - mean(g) - z * mean(g * z)) / sqrt(v + epsilon)
//   dz = dy * z, whose sum over all rows is the gradient of scale.
//
// dy, x, dx, dz (rows, columns), scale (columns). LANES threads share a row.
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
  var slopes = element(0.0);
  var products = element(0.0);
  for (var c = place.lane; c < columns; c += LANES) {
    let z = (load_x(start + c) - first - mean) * factor;
    let slope = load_scale(c) * load_dy(start + c);
    slopes += slope;
    products += slope * z;
  }
  let totals = vec2f(total_of(slopes), total_of(products));
  let means = row_sums(local, totals) / count;
  if (!place.is_inside) { return; }
  for (var c = place.lane; c < columns; c += LANES) {
    let z = (load_x(start + c) - first - mean) * factor;
    let slope = load_dy(start + c);
    store_dx(start + c, factor * (load_scale(c) * slope - means.x - z * means.y));
    store_dz(start + c, slope * z);
  }
}
