// gradient[i] = clipped(gradient[i]), which the included file defines, in place.
//
// gradient: (size), any layout. A thread owns one element.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  if (index >= params.size / VECTOR) { return; }
  gradient[index] = clipped(gradient[index]);
}

//@block value
// By value: each is held between -limit and limit.
fn clipped(value: element) -> element {
  return clamp(value, element(-params.limit), element(params.limit));
}

//@block norm
// By norm: all gradients are multiplied by the factor that gradient_norm found.
fn clipped(value: element) -> element { return value * norm[1]; }
