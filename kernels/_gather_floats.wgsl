// Four values of the data, which are f32.
fn values(at: u32) -> vec4f { return x[at]; }

