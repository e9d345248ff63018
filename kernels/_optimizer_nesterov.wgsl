// Nesterov's momentum as Keras's SGD has it: v = momentum * v - rate * g,
// w + momentum * v - rate * g.
fn update(index: u32, value: element, g: element, now: vec4f) -> element {
  let next = now.z * velocity[index] - now.x * g;
  velocity[index] = next;
  return value + now.z * next - now.x * g;
}
