// The part of binary.wgsl for "none" and "scalar": a thread owns one element.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  if (index >= params.size / VECTOR) { return; }
  var right = element(load_b(0u));
  if (BROADCAST == 0u) { right = element(load_b(index)); }
  let value = activate_element(apply(load_a(index), right));
  if (params.yStride == params.d3) {
    store_y(index, value);
    return;
  }
  let channels = params.d3 / VECTOR;
  let row = index / channels;
  let at = row * (params.yStride / VECTOR) + params.yOffset / VECTOR + index -
    row * channels;
  store_y(at, value);
}
