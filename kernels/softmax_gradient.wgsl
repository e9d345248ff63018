// dx[r, c] = y[r, c] * (dy[r, c] - sum over k of dy[r, k] * y[r, k]), y = softmax(x).
//
// y, dy, dx (rows, columns). LANES threads share a row.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let place = place_of(workgroup, workgroups, local);
  let columns = params.columns / VECTOR;
  let start = place.row * columns;
  var products = element(0.0);
  for (var c = place.lane; c < columns; c += LANES) {
    products += load_y(start + c) * load_dy(start + c);
  }
  let sum = row_sums(local, vec2f(total_of(products), 0.0)).x;
  if (!place.is_inside) { return; }
  for (var c = place.lane; c < columns; c += LANES) {
    store_dx(start + c, load_y(start + c) * (load_dy(start + c) - sum));
  }
}
