// y[t] = sum over n of x[t + n * threads]; x: (vectors), y: (threads) of vec4.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let thread = linear_index(workgroup, workgroups, local);
  if (thread >= params.threads) { return; }
  var sum = vec4f(0.0);
  for (var index = thread; index < params.vectors; index += params.threads) {
    sum += x[index];
  }
  y[thread] = sum;
}
