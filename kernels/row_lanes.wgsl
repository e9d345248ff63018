// Where a thread is: LANES of them share a row of params.columns values.
struct Place {
  // A thread past the last row repeats that, and writes nothing.
  row: u32,
  is_inside: bool,
  // The first element it has of the row; the next ones are LANES apart.
  lane: u32,
}

fn place_of(workgroup: vec3u, workgroups: vec3u, local: u32) -> Place {
  let group = workgroup.y * workgroups.x + workgroup.x;
  let row = group * (WORKGROUP_X / LANES) + local / LANES;
  return Place(min(row, params.rows - 1u), row < params.rows, local % LANES);
}

var<workgroup> partial: array<vec2f, WORKGROUP_X>;

// The sums of what the threads of a row have, which halve them until one is left.
fn row_sums(local: u32, values: vec2f) -> vec2f {
  // Nobody overwrites a result that another thread has yet to read.
  workgroupBarrier();
  partial[local] = values;
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    // Both halves are written before one is added to the other.
    workgroupBarrier();
    if (local % LANES < half) { partial[local] += partial[local + half]; }
  }
  // The result is there before anyone reads it.
  workgroupBarrier();
  return partial[local - local % LANES];
}
