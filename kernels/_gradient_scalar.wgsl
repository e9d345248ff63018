// The channels of a sum are loaded one at a time.
alias element = f32;
fn component(value: element, index: u32) -> f32 { return value; }
fn add_product(sum: f32, a: element, b: element) -> f32 { return fma(a, b, sum); }
