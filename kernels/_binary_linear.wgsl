// The part of binary.wgsl for "none" and "scalar": a thread owns one element.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  if (index >= params.size / VECTOR) { return; }
  var right = element(b[0]);
  if (BROADCAST == 0u) { right = element(b[index]); }
  let value = activate_element(apply(a[index], right));
  if (params.yStride == params.d3) {
    y[index] = value;
    return;
  }
  let channels = params.d3 / VECTOR;
  let row = index / channels;
  y[row * (params.yStride / VECTOR) + params.yOffset / VECTOR +
    index - row * channels] = value;
}
