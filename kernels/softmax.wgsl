// y[r, c] = exp(x[r, c] - m) / sum over k of exp(x[r, k] - m), m = max over k of x[r, k].
//
// x, y (rows, columns). A workgroup owns a row; its threads stride over the
// columns, then halve their partial results until one is left.

var<workgroup> partial: array<f32, WORKGROUP_X>;

fn reduced(local: u32, value: f32, is_sum: bool) -> f32 {
  // Nobody overwrites a result that another thread has yet to read.
  workgroupBarrier();
  partial[local] = value;
  for (var half = WORKGROUP_X / 2u; half > 0u; half /= 2u) {
    // Both halves are written before one is added to the other.
    workgroupBarrier();
    if (local < half) {
      let a = partial[local];
      let b = partial[local + half];
      partial[local] = select(max(a, b), a + b, is_sum);
    }
  }
  // The result is there before anyone reads it.
  workgroupBarrier();
  return partial[0];
}

@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = workgroup.y * workgroups.x + workgroup.x;
  if (row >= params.rows) { return; }
  let start = row * params.columns;
  // A thread without a column repeats the row's first: it changes no maximum.
  var highest = x[start];
  for (var c = local; c < params.columns; c += WORKGROUP_X) {
    highest = max(highest, x[start + c]);
  }
  highest = reduced(local, highest, false);
  var sum = 0.0;
  for (var c = local; c < params.columns; c += WORKGROUP_X) {
    let value = exp(x[start + c] - highest);
    sum += value;
    y[start + c] = value;
  }
  sum = reduced(local, sum, true);
  for (var c = local; c < params.columns; c += WORKGROUP_X) {
    y[start + c] /= sum;
  }
}
