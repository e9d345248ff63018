// y[s, c] = sum over the rows r of split s of x[r, c].
//
// x: (rows, columns), y: (splits, columns). A thread owns one element of a
// split and adds in blocks, then the blocks: a float's error grows with the
// length of a chain of additions.
const BLOCK = 64u;

@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  let stride = params.columns / VECTOR;
  let split = index / stride;
  let first = split * params.rowsPerSplit;
  if (first >= params.rows) { return; }
  let column = index - split * stride;
  let last = min(first + params.rowsPerSplit, params.rows);
  var total = element(0.0);
  for (var block = first; block < last; block += BLOCK) {
    let end = min(block + BLOCK, last);
    let fours = end - (end - block) % 4u;
    var sum0 = element(0.0);
    var sum1 = element(0.0);
    var sum2 = element(0.0);
    var sum3 = element(0.0);
    for (var r = block; r < fours; r += 4u) {
      let at = r * stride + column;
      sum0 += load_x(at);
      sum1 += load_x(at + stride);
      sum2 += load_x(at + 2u * stride);
      sum3 += load_x(at + 3u * stride);
    }
    for (var r = fours; r < end; r++) { sum0 += load_x(r * stride + column); }
    total += (sum0 + sum1) + (sum2 + sum3);
  }
  store_y(index, total);
}
