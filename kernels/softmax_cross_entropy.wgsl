// loss = mean over r of weight(r) * sum over c of truth[r, c] * -log(softmax(z[r])[c])
// gradient[r, c] = weight(r) * (softmax(z[r])[c] - truth[r, c]) / rows
//
// z (logits) and gradient: (rows, columns), of which the first `classes` columns
// count; the gradient of the others is 0. y(r) = labels[step, r] and
// weight(r) = class_weights[y(r)]; the included softmax_row() has the truth.
// progress[step] = (loss, number of rows whose first largest logit is y(r)).
//
// One workgroup: thread t owns the rows t, t + WORKGROUP_X, ... Being alone, it
// can also advance the step counter once all its threads have read it.
var<workgroup> told: array<vec2f, WORKGROUP_X>;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(local_invocation_index) thread: u32) {
  let vectors = params.columns / 4u;
  let step = counter[0];
  let scale = 1.0 / f32(params.rows);
  var sums = vec2f(0.0);
  for (var r = thread; r < params.rows; r += WORKGROUP_X) {
    let label = labels[step * params.rows + r];
    let base = r * vectors;
    sums += softmax_row(Row(base, base, vectors, label, load_class_weights(label), scale));
  }
  told[thread] = sums;
  // All threads have read the counter and left their sums.
  workgroupBarrier();
  if (thread > 0u) { return; }
  for (var other = 1u; other < WORKGROUP_X; other++) { sums += told[other]; }
  progress[step * 2u] = sums.x * scale;
  progress[step * 2u + 1u] = sums.y;
  counter[0] = step + 1u;
}
