// y[r, c] = parameters[depth, c] + sum over k of x[source(r), k] * parameters[k, c]
//
// y: (rows, columns), row-major; the included texts have the sums.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  share_sums(workgroup, lane);
  let stride = params.columns / 4u;
  for (var output = lane; output < OUTPUTS; output += WORKGROUP_X) {
    let row = workgroup.x * ROWS + output / VECTORS;
    let column = workgroup.y * VECTORS + output % VECTORS;
    if (row >= params.rows || column >= stride) { continue; }
    y[row * stride + column] = sum_of(output, column);
  }
}
