// Nesterov's momentum as Keras's SGD has it: v = share * v - rate * g,
// w + momentum * v - rate * g. Share is momentum too, unless the schedule brings
// the velocity to another rate.
fn update(index: u32, value: element, g: element, now: vec4f) -> element {
  let next = now.z * velocity[index] - now.x * g;
  velocity[index] = next;
  return value + now.w * next - now.x * g;
}
