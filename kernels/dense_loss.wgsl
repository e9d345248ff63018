// z[r, c] = parameters[depth, c] + sum over k of x[source(r), k] * parameters[k, c]
// progress[step, workgroup] = (sum of the losses of its rows / rows, its right rows)
// gradient[r, c] = the slope of the mean loss at z[r, c]
//
// gradient: (rows, columns), row-major; the included texts have the sums, and
// softmax_row() of the row y(r) = labels[step, r]. A workgroup has all columns of
// its rows, so that the logits never leave it.
var<workgroup> logits: array<vec4f, OUTPUTS>;
var<workgroup> told: array<vec2f, ROWS>;

@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let step = counter[0];
  share_sums(workgroup, lane);
  let stride = params.columns / 4u;
  for (var output = lane; output < OUTPUTS; output += WORKGROUP_X) {
    logits[output] = sum_of(output, min(output % VECTORS, stride - 1u));
  }
  // All logits are there before a row is looked at as a whole.
  workgroupBarrier();
  let scale = 1.0 / f32(params.rows);
  for (var r = lane; r < ROWS; r += WORKGROUP_X) {
    let row = workgroup.x * ROWS + r;
    told[r] = vec2f(0.0);
    if (row < params.rows) {
      let label = labels[step * params.rows + row];
      told[r] = softmax_row(Row(r * VECTORS, row * stride, stride, label, 1.0, scale));
    }
  }
  // All rows are told before they are added up.
  workgroupBarrier();
  if (lane > 0u) { return; }
  var sums = vec2f(0.0);
  for (var r = 0u; r < ROWS; r++) { sums += told[r]; }
  let at = 2u * (step * workgroups.x + workgroup.x);
  progress[at] = sums.x * scale;
  progress[at + 1u] = sums.y;
  // The update that follows takes the step from here, and advances the other.
  if (workgroup.x == 0u) { counter[1] = step; }
}

fn load_logits(index: u32) -> vec4f { return logits[index]; }
