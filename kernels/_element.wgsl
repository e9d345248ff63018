// `element` is f32 or vec4f: what a thread loads and stores at once.
fn activate_element(value: element) -> element {
  if (ACTIVATION == 1u) { return max(value, element(0.0)); }
  if (ACTIVATION == 2u) { return clamp(value, element(0.0), element(6.0)); }
  return value;
}
