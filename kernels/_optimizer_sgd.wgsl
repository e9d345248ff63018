// Gradient descent: w - rate * g.
fn update(index: u32, value: element, g: element, now: vec4f) -> element {
  return value - now.x * g;
}
