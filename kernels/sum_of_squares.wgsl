// partials[offset + t] = sum over i of x[t + i * count]^2, t < count.
//
// x: (size), any layout. Threads side by side read side by side.
@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) thread: vec3u) {
  if (thread.x >= params.count) { return; }
  var sum = 0.0;
  for (var i = thread.x; i < params.size; i += params.count) {
    let value = load_x(i);
    sum = fma(value, value, sum);
  }
  partials[params.offset + thread.x] = sum;
}
