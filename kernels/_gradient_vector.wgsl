// The channels of a sum are loaded four at a time.
alias element = vec4f;
fn component(value: element, index: u32) -> f32 { return value[index]; }
fn add_product(sum: f32, a: element, b: element) -> f32 {
  return fma(a.w, b.w, fma(a.z, b.z, fma(a.y, b.y, fma(a.x, b.x, sum))));
}
