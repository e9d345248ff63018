// dx[o, r, i] = dy[o, i] / reduce.
//
// dx (outer, reduce, inner), dy (outer, inner). A thread owns one value of dx.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  let outer = index / params.inner / params.reduce;
  if (outer >= params.outer) { return; }
  dx[index] = dy[outer * params.inner + index % params.inner] / f32(params.reduce);
}
