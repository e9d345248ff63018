// Output channels are stored four at a time: their count, stride and offset are multiples of 4.
fn store(at: u32, column: u32, value: vec4f) {
  if (column < params.outChannels) { store_y(at / 4u, value); }
}
