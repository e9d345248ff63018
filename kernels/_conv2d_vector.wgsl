// Input channels are loaded four at a time.
alias elem = vec4f;
fn component(value: vec4f, index: u32) -> f32 { return value[index]; }
