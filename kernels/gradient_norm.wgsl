// norm[0] = sqrt(sum over i of partials[i])
// norm[1] = limit / max(norm[0] + guard, limit), with limit above 0
//
// partials: (count), as sum_of_squares leaves them. One workgroup: thread t
// adds the parts t, t + WORKGROUP_X, ...
var<workgroup> sums: array<f32, WORKGROUP_X>;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(local_invocation_index) thread: u32) {
  var sum = 0.0;
  for (var i = thread; i < params.count; i += WORKGROUP_X) { sum += partials[i]; }
  sums[thread] = sum;
  // All threads have left their sums.
  workgroupBarrier();
  if (thread > 0u) { return; }
  for (var other = 1u; other < WORKGROUP_X; other++) { sum += sums[other]; }
  let length = sqrt(sum);
  norm[0] = length;
  norm[1] = params.limit / max(length + params.guard, params.limit);
}
