// Output channels are stored one at a time, as many as there are.
fn store(at: u32, column: u32, value: vec4f) {
  for (var lane = 0u; lane < 4u; lane++) {
    if (column + lane < params.outChannels) { store_y(at + lane, value[lane]); }
  }
}
