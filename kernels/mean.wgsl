// y[o, i] = mean over r of x[o, r, i].
//
// x (outer, reduce, inner), y (outer, inner). A thread owns one element of y.
// It sums in blocks and then sums the blocks: a float's error grows with the
// length of a chain of additions, and 112x112 values are one chain too many.

const BLOCK = 64u;

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(
  @builtin(global_invocation_id) thread: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  // Elements run along x and spill into z.
  let inner = thread.z * workgroups.x * WORKGROUP_X + thread.x;
  let stride = params.inner / VECTOR;
  if (inner >= stride) { return; }
  let step = workgroups.y * WORKGROUP_Y;
  for (var outer = thread.y; outer < params.outer; outer += step) {
    let start = outer * params.reduce * stride + inner;
    var total = element(0.0);
    for (var block = 0u; block < params.reduce; block += BLOCK) {
      let end = min(block + BLOCK, params.reduce);
      let fours = end - (end - block) % 4u;
      var sum0 = element(0.0);
      var sum1 = element(0.0);
      var sum2 = element(0.0);
      var sum3 = element(0.0);
      for (var r = block; r < fours; r += 4u) {
        let at = start + r * stride;
        sum0 += load_x(at);
        sum1 += load_x(at + stride);
        sum2 += load_x(at + 2u * stride);
        sum3 += load_x(at + 3u * stride);
      }
      for (var r = fours; r < end; r++) {
        sum0 += load_x(start + r * stride);
      }
      total += (sum0 + sum1) + (sum2 + sum3);
    }
    store_y(outer * stride + inner, total / f32(params.reduce));
  }
}
