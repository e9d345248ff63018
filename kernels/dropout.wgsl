// y[i] = x[i] * scale where word(i) >= threshold, else 0
//
// word(i) is word i % 4 of Philox with the counter (i / 4, step) and the key
// (seed, stream), step = start[0] + counter[0] - stepsAhead: a mask that can be made again
// for the backward half. x, y: (size), any layout. A thread owns four elements.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let step = start[0] + counter[0] - params.stepsAhead;
  let index = linear_index(workgroup, workgroups, local);
  if (index * 4u >= params.size) { return; }
  let words = philox4x32(vec4u(index, step, 0u, 0u), vec2u(params.seed, params.stream));
  let factors = select(vec4f(0.0), vec4f(params.scale), words >= vec4u(params.threshold));
  drop(index, factors);
}

//@block vector
fn drop(index: u32, factors: vec4f) { store_y(index, load_x(index) * factors); }

//@block scalar
fn drop(index: u32, factors: vec4f) {
  let count = min(params.size - index * 4u, 4u);
  for (var lane = 0u; lane < count; lane++) {
    let at = index * 4u + lane;
    store_y(at, load_x(at) * factors[lane]);
  }
}
