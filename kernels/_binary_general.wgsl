// The part of binary.wgsl for "general": a thread owns one value of y.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  if (index >= params.size) { return; }
  let i3 = index % params.d3;
  let plane = index / params.d3;
  let i2 = plane % params.d2;
  let volume = plane / params.d2;
  let i1 = volume % params.d1;
  let i0 = volume / params.d1;
  let left = a[i0 * params.aStride0 + i1 * params.aStride1 +
    i2 * params.aStride2 + i3 * params.aStride3];
  let right = b[i0 * params.bStride0 + i1 * params.bStride1 +
    i2 * params.bStride2 + i3 * params.bStride3];
  y[index] = activate_element(apply(left, right));
}
