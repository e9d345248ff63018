// Momentum as Keras's SGD has it: v = momentum * v - rate * g, w + v.
fn update(index: u32, value: vec4f, rate: f32) -> vec4f {
  let next = params.momentum * velocity[index] - rate * gradient[index];
  velocity[index] = next;
  return value + next;
}

