// dx[o, r, i] = dy[o, i] / reduce.
//
// dx (outer, reduce, inner), dy (outer, inner). A thread owns one element of dx.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  let inner = params.inner / VECTOR;
  let outer = index / inner / params.reduce;
  if (outer >= params.outer) { return; }
  store_dx(index, load_dy(outer * inner + index % inner) / f32(params.reduce));
}
