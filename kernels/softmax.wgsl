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

//@block main
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
  var highest = load_x(start);
  for (var c = local; c < params.columns; c += WORKGROUP_X) {
    highest = max(highest, load_x(start + c));
  }
  highest = reduced(local, highest, false);
  var sum = 0.0;
  for (var c = local; c < params.columns; c += WORKGROUP_X) {
    let value = exp(load_x(start + c) - highest);
    sum += value;
    y[start + c] = value;
  }
  sum = reduced(local, sum, true);
  for (var c = local; c < params.columns; c += WORKGROUP_X) {
    y[start + c] /= sum;
  }
}

//@block main_nan
// The part of softmax.wgsl for rows with NaN or infinity, which are NaN as a whole
// whatever the driver's `max` and `exp` make of them. A row whose logits are at most
// minus infinity in part is as any other.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let row = workgroup.y * workgroups.x + workgroup.x;
  if (row >= params.rows) { return; }
  let start = row * params.columns;
  let infinity = 0x7f800000u;
  let lowest = -3.402823466e+38;
  var highest = lowest;
  var finite = 0.0;
  var wrong = 0.0;
  for (var c = local; c < params.columns; c += WORKGROUP_X) {
    let value = load_x(start + c);
    let bits = bitcast<u32>(value);
    let size = bits & 0x7fffffffu;
    if (size < infinity) {
      finite = 1.0;
      highest = max(highest, value);
    } else if (size > infinity || bits == infinity) {
      wrong = 1.0;
    }
  }
  highest = reduced(local, highest, false);
  finite = reduced(local, finite, true);
  wrong = reduced(local, wrong, true);
  var sum = 0.0;
  for (var c = local; c < params.columns; c += WORKGROUP_X) {
    let value = load_x(start + c);
    let is_finite = (bitcast<u32>(value) & 0x7fffffffu) < infinity;
    let power = select(0.0, exp(value - highest), is_finite);
    sum += power;
    y[start + c] = power;
  }
  sum = reduced(local, sum, true);
  // A constant that is NaN is no WGSL.
  let nan = bitcast<f32>(0x7fc00000u | params.rows);
  for (var c = local; c < params.columns; c += WORKGROUP_X) {
    y[start + c] = select(y[start + c] / sum, nan, wrong > 0.0 || finite == 0.0);
  }
}
