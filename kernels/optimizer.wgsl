// parameters = update(parameters - decay * parameters, gradient + penalty * parameters),
// decay and penalty for the first `decayed` of them; the included file defines
// update().
//
// parameters, gradient and what the rule remembers: any flat buffers of `size`
// values. schedule: (steps) of rate, decay, share (what stays of the velocity, or
// what Adam's first moment takes) and guard (Adam's epsilon, or Nesterov's
// momentum); the loss has advanced the counter past the step that runs. Each
// thread owns one element.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  // Read before any branch: there all lanes need the same value, which is cheap.
  var now = schedule[counter[0] - 1u];
  now.x *= params.rateScale;
  let index = linear_index(workgroup, workgroups, local);
  if (index * VECTOR >= params.size) { return; }
  let decays = index * VECTOR < params.decayed;
  let value = parameters[index];
  let decay = select(0.0, now.y * params.rateScale, decays);
  let penalty = select(0.0, params.penalty, decays);
  let g = gradient[index] + penalty * value;
  parameters[index] = update(index, value - decay * value, g, now);
}
