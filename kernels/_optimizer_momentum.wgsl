// Momentum as Keras's SGD has it: v = share * v - rate * g, w + v.
fn update(index: u32, value: element, g: element, now: vec4f) -> element {
  let next = now.z * velocity[index] - now.x * g;
  velocity[index] = next;
  return value + next;
}
