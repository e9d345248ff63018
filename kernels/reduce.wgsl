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
      part = combine(part, load_x(start + r * params.inner));
    }
    total = combine(total, part);
  }
  store_y(index, total);
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
  var best = load_x(start);
  var place = 0u;
  for (var r = 1u; r < params.reduce; r++) {
    let value = load_x(start + r * params.inner);
    if (is_better(value, best)) {
      best = value;
      place = r;
    }
  }
  store_y(index, f32(place));
}

//@block long
// The part of reduce.wgsl for more values than a thread gets through on every
// driver: a workgroup owns a value of y, and its threads halve what they have found.
var<workgroup> partial: array<f32, WORKGROUP_X>;

fn term(start: u32, r: u32) -> f32 { return load_x(start + r * params.inner); }

@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = workgroup.y * workgroups.x + workgroup.x;
  if (index >= params.outer * params.inner) { return; }
  let outer = index / params.inner;
  let start = outer * params.reduce * params.inner + index - outer * params.inner;
  var total = first(start);
  // Blocks of neighbours of which each thread has four at a time.
  for (var r = local * 4u; r < params.reduce; r += WORKGROUP_X * 4u) {
    let end = params.reduce - 1u;
    var part = term(start, r);
    if (r + 1u <= end) { part = combine(part, term(start, r + 1u)); }
    if (r + 2u <= end) { part = combine(part, term(start, r + 2u)); }
    if (r + 3u <= end) { part = combine(part, term(start, r + 3u)); }
    total = combine(total, part);
  }
  partial[local] = total;
  for (var half = WORKGROUP_X / 2u; half > 0u; half /= 2u) {
    // Both halves are written before one is combined with the other.
    workgroupBarrier();
    if (local < half) { partial[local] = combine(partial[local], partial[local + half]); }
  }
  if (local == 0u) { store_y(index, partial[0]); }
}

//@block long_index
// Likewise, for the place of the greatest or the least, the first of equal ones.
var<workgroup> values: array<f32, WORKGROUP_X>;
var<workgroup> places: array<u32, WORKGROUP_X>;

@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = workgroup.y * workgroups.x + workgroup.x;
  if (index >= params.outer * params.inner) { return; }
  let outer = index / params.inner;
  let start = outer * params.reduce * params.inner + index - outer * params.inner;
  // Each thread has a run of neighbours, so that the first of equal ones is in the first run.
  let run = (params.reduce + WORKGROUP_X - 1u) / WORKGROUP_X;
  let begin = min(local * run, params.reduce - 1u);
  var best = load_x(start + begin * params.inner);
  var place = begin;
  for (var r = begin + 1u; r < min(begin + run, params.reduce); r++) {
    let value = load_x(start + r * params.inner);
    if (is_better(value, best)) {
      best = value;
      place = r;
    }
  }
  values[local] = best;
  places[local] = place;
  for (var half = WORKGROUP_X / 2u; half > 0u; half /= 2u) {
    // Both halves are written before one is compared with the other.
    workgroupBarrier();
    if (local < half) {
      let other = local + half;
      let is_first = values[other] == values[local] && places[other] < places[local];
      if (is_better(values[other], values[local]) || is_first) {
        values[local] = values[other];
        places[local] = places[other];
      }
    }
  }
  if (local == 0u) { store_y(index, f32(places[0])); }
}
