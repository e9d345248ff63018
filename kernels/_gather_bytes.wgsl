// Four values of the data, which are bytes of a word, the lowest first.
fn values(at: u32) -> vec4f {
  return vec4f((vec4u(x[at]) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(255u));
}

