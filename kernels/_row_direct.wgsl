// The batch is the first rows of the data: row r is row r.
fn batch_start() -> u32 {
  return 0u;
}

fn row_of(start: u32, r: u32) -> u32 {
  return start + r;
}

