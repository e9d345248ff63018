// y[i] = f(x[i]), with f chosen by FUNCTION. x, y: (size), any layout.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  if (index >= params.size) { return; }
  let value = x[index];
  switch (FUNCTION) {
    case 0u: { y[index] = max(value, 0.0); }
    case 1u: { y[index] = clamp(value, 0.0, 6.0); }
    case 2u: { y[index] = inverseSqrt(value); }
    case 3u: { y[index] = value; }
    default: { y[index] = 1.0 / (1.0 + exp(-value)); }
  }
}
