// y = act(f(a, b)) with NumPy's broadcasting; f is chosen by FUNCTION.
//
// The output has dimensions d0, d1, d2, d3, and a and b a stride for each, 0
// where they are repeated. BROADCAST says how b is found, and a where b is not
// the only one repeated:
//   none      a, b as y
//   scalar    a as y, b one value
//   channels  a as y, b (d3)
//   general   by strides
// y has rows of yStride channels; those from yOffset on are written (not in
// general, where y is (d0, d1, d2, d3)).

//@block apply
fn apply(left: element, right: element) -> element {
  switch (FUNCTION) {
    case 0u: { return left + right; }
    case 1u: { return left - right; }
    case 2u: { return left * right; }
    case 3u: { return left / right; }
    case 4u: { return max(left, right); }
    default: { return min(left, right); }
  }
}

//@block apply_nan
// The part of binary.wgsl whose maximum and minimum with NaN are NaN.
fn apply(left: element, right: element) -> element {
  var number = max(left, right);
  if (FUNCTION == 5u) { number = min(left, right); }
  return select(select(number, right, IS_NAN_RIGHT), left, IS_NAN_LEFT);
}

//@block power
// The part of binary.wgsl for powers: WGSL's own are of positive bases.
fn power(left: element, right: element) -> element {
  let size = pow(abs(left), right);
  let half = right * 0.5;
  let is_odd = floor(half) != half;
  let is_whole = floor(right) == right;
  let none = element(0.0) / (left - left);
  let negative = select(select(none, size, is_whole), -size, is_whole & is_odd);
  let result = select(size, negative, left < element(0.0));
  return select(result, element(1.0), right == element(0.0));
}

//@block linear
// The part of binary.wgsl for "none" and "scalar": a thread owns one element.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  if (index >= params.size / VECTOR) { return; }
  var right = element(load_b(0u));
  if (BROADCAST == 0u) { right = element(load_b(index)); }
  let value = activate_element(apply(load_a(index), right));
  if (params.yStride == params.d3) {
    store_y(index, value);
    return;
  }
  let channels = params.d3 / VECTOR;
  let row = index / channels;
  let at = row * (params.yStride / VECTOR) + params.yOffset / VECTOR + index -
    row * channels;
  store_y(at, value);
}

//@block channels
// The part of binary.wgsl for "channels": a thread owns one element of
// channels and strides over the rows, so that it loads b once.
@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(
  @builtin(global_invocation_id) thread: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
) {
  let channels = params.d3 / VECTOR;
  let channel = thread.x;
  if (channel >= channels) { return; }
  let right = load_b(channel);
  let rows = params.size / params.d3;
  let destination = params.yOffset / VECTOR + channel;
  for (var row = thread.y; row < rows; row += workgroups.y * WORKGROUP_Y) {
    let value = apply(load_a(row * channels + channel), right);
    store_y(row * (params.yStride / VECTOR) + destination, activate_element(value));
  }
}

//@block general
// The part of binary.wgsl for "general": a thread owns one value of y.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  if (index >= params.size) { return; }
  let i3 = index % params.d3;
  let plane = index / params.d3;
  let i2 = plane % params.d2;
  let volume = plane / params.d2;
  let i1 = volume % params.d1;
  let i0 = volume / params.d1;
  let left = load_a(i0 * params.aStride0 + i1 * params.aStride1 +
    i2 * params.aStride2 + i3 * params.aStride3);
  let right = load_b(i0 * params.bStride0 + i1 * params.bStride1 +
    i2 * params.bStride2 + i3 * params.bStride3);
  store_y(index, activate_element(apply(left, right)));
}

//@block rows
// The part of binary.wgsl for "general" in fours: a thread owns four channels of
// ROWS rows. It divides for the first of them, and the others follow.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  let channels = params.d3 / VECTOR;
  let rows = params.size / params.d3;
  let strip = index / channels;
  let channel = index - strip * channels;
  let first = strip * ROWS;
  if (first >= rows) { return; }
  let plane = first / params.d2;
  var i0 = plane / params.d1;
  var i1 = plane - i0 * params.d1;
  var i2 = first - plane * params.d2;
  for (var row = first; row < min(first + ROWS, rows); row++) {
    let a_row = i0 * params.aStride0 + i1 * params.aStride1 + i2 * params.aStride2;
    let b_row = i0 * params.bStride0 + i1 * params.bStride1 + i2 * params.bStride2;
    let left = load_a(a_row / VECTOR + channel);
    let right = load_b(b_row / VECTOR + channel);
    store_y(row * channels + channel, activate_element(apply(left, right)));
    i2++;
    if (i2 == params.d2) {
      i2 = 0u;
      i1++;
    }
    if (i1 == params.d1) {
      i1 = 0u;
      i0++;
    }
  }
}
