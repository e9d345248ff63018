// Four neighbouring terms of the sum, which are four channels of one pixel.
fn four_terms(origin: vec3i, vector: u32) -> vec4f { return element(origin, vector); }
