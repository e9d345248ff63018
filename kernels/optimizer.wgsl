// parameters = update(parameters - decay * parameters, gradient + penalty * parameters),
// decay and penalty for the first `decayed` of them; the included file defines
// update().
//
// parameters, gradient and what the rule remembers: any flat buffers of `size`
// values. schedule: (steps) of rate, decay, share (what stays of the velocity, or
// what Adam's first moment takes) and guard (Adam's epsilon, or Nesterov's
// momentum); old_NAME(index) is what there was; the loss has advanced the counter past the step that runs. Each
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
  let value = old_parameters(index);
  let decay = select(0.0, now.y * params.rateScale, decays);
  let penalty = select(0.0, params.penalty, decays);
  let g = load_gradient(index) + penalty * value;
  parameters[index] = update(index, value - decay * value, g, now);
}

//@block sgd
// Gradient descent: w - rate * g.
fn update(index: u32, value: element, g: element, now: vec4f) -> element {
  return value - now.x * g;
}

//@block momentum
// Momentum as Keras's SGD has it: v = share * v - rate * g, w + v.
fn update(index: u32, value: element, g: element, now: vec4f) -> element {
  let next = now.z * old_velocity(index) - now.x * g;
  velocity[index] = next;
  return value + next;
}

//@block nesterov
// Nesterov's momentum as Keras's SGD has it: v = share * v - rate * g,
// w + momentum * v - rate * g. Share is momentum too, unless the schedule brings
// the velocity to another rate.
fn update(index: u32, value: element, g: element, now: vec4f) -> element {
  let next = now.z * old_velocity(index) - now.x * g;
  velocity[index] = next;
  return value + now.w * next - now.x * g;
}

//@block adam
// Adam as Keras has it (Kingma and Ba 2015, the form before section 2.1):
// m += (1 - beta1) (g - m), v += (1 - beta2) (g^2 - v),
// w - rate * m / (sqrt(v) + epsilon), where the schedule's rate already holds the
// bias correction sqrt(1 - beta2^t) / (1 - beta1^t). It is PyTorch's form too if
// the schedule's epsilon holds sqrt(1 - beta2^t).
fn update(index: u32, value: element, g: element, now: vec4f) -> element {
  let m = old_first(index) + now.z * (g - old_first(index));
  let v = old_second(index) + params.secondShare * (g * g - old_second(index));
  first[index] = m;
  second[index] = v;
  return value - now.x * m / (sqrt(v) + now.w);
}
