// dx[i] = dy[i] * f'(x[i]), by the variant's gradient(), from y = f(x), or from x
// itself where y does not tell. y, dy, dx: (size), any layout.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  if (index >= params.size / VECTOR) { return; }
  store_dx(index, gradient(load_y(index), load_dy(index)));
}
