// y[i] = apply(x[i]), which the variant defines. x, y: (size), any layout.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  if (index >= params.size) { return; }
  store_y(index, apply(load_x(index)));
}
