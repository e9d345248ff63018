// Four neighbouring terms of the sum, each from its own place in the window.
fn four_terms(origin: vec3i, vector: u32) -> vec4f {
  let load = vector * 4u;
  return vec4f(
    element(origin, load),
    element(origin, load + 1u),
    element(origin, load + 2u),
    element(origin, load + 3u),
  );
}
