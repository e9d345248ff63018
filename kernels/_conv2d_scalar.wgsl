// Input channels are loaded one at a time.
alias elem = f32;
fn component(value: f32, index: u32) -> f32 { return value; }
