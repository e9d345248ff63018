fn load_x(index: u32) -> elem { return x[index]; }
fn load_w(index: u32) -> vec4f { return w[index]; }
