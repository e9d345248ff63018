// y[o, i] = what FUNCTION makes of x[o, r, i] over all r.
//
// x (outer, reduce, inner), y (outer, inner). A thread owns one value of y. It
// combines blocks and then what they gave: a sum's error grows with its length.

const BLOCK = 64u;

@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  if (index >= params.outer * params.inner) { return; }
  let outer = index / params.inner;
  let start = outer * params.reduce * params.inner + index - outer * params.inner;
  var total = first(start);
  for (var block = 0u; block < params.reduce; block += BLOCK) {
    let end = min(block + BLOCK, params.reduce);
    var part = first(start);
    for (var r = block; r < end; r++) {
      part = combine(part, x[start + r * params.inner]);
    }
    total = combine(total, part);
  }
  y[index] = total;
}

//@block index
// The part of reduce.wgsl that finds the place of the greatest or the least, the
// first of equal ones.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  if (index >= params.outer * params.inner) { return; }
  let outer = index / params.inner;
  let start = outer * params.reduce * params.inner + index - outer * params.inner;
  var best = x[start];
  var place = 0u;
  for (var r = 1u; r < params.reduce; r++) {
    let value = x[start + r * params.inner];
    if (is_better(value, best)) {
      best = value;
      place = r;
    }
  }
  y[index] = f32(place);
}
