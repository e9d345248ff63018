// parameters -= decay * parameters, for the first `decayed` vec4s of them, then
// parameters = update(parameters, gradient), which the included file defines.
//
// parameters, gradient and what the rule remembers: any flat buffers of
// `vectors` vec4s. schedule: (steps, 2) of rate and decay; the loss has advanced
// the counter past the step that runs. Each thread owns one vec4.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  // Read before any branch: there all lanes need the same value, which is cheap.
  let step = counter[0] - 1u;
  let rate = schedule[step * 2u];
  let share = schedule[step * 2u + 1u];
  let index = linear_index(workgroup, workgroups, local);
  if (index >= params.vectors) { return; }
  let decay = select(0.0, share, index < params.decayed);
  let value = parameters[index] - decay * parameters[index];
  parameters[index] = update(index, value, rate);
}
