// Gradient descent: w - rate * g.
fn update(index: u32, value: vec4f, rate: f32) -> vec4f {
  return value - rate * gradient[index];
}

