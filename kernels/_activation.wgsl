// ACTIVATION is 0 for none, 1 for relu, 2 for relu6.
fn activate(value: f32) -> f32 {
  if (ACTIVATION == 1u) { return max(value, 0.0); }
  if (ACTIVATION == 2u) { return clamp(value, 0.0, 6.0); }
  return value;
}

fn activate4(value: vec4f) -> vec4f {
  if (ACTIVATION == 1u) { return max(value, vec4f(0.0)); }
  if (ACTIVATION == 2u) { return clamp(value, vec4f(0.0), vec4f(6.0)); }
  return value;
}
