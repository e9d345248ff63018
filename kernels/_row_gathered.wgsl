// The batch is what batches, (steps, rows), lists for the step that runs, which
// counter[0] is ahead of: many steps run in one submit.
fn batch_start() -> u32 {
  return (counter[0] - params.ahead) * params.rows;
}

fn row_of(start: u32, r: u32) -> u32 {
  return batches[start + r];
}

