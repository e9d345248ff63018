// The row of the data that row r of the batch is, where many steps run in one
// submit: batches is (steps, rows), counter[0] - ahead the step that runs.
fn row_of(r: u32) -> u32 {
  return batches[(counter[0] - params.ahead) * params.rows + r];
}
