// dx[i] = dy[i] * f'(x[i]), with f' computed from y = f(x) as FUNCTION says:
// relu 1 where y > 0, relu6 1 where 0 < y < 6, sigmoid y (1 - y).
//
// y, dy, dx: (size), any layout.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  if (index >= params.size / VECTOR) { return; }
  let value = load_y(index);
  let slope = dy[index];
  let zero = element(0.0);
  switch (FUNCTION) {
    case 0u: { dx[index] = select(zero, slope, value > zero); }
    case 1u: { dx[index] = select(zero, slope, (value > zero) & (value < element(6.0))); }
    default: { dx[index] = slope * value * (1.0 - value); }
  }
}
