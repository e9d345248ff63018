// With the target t = label(r) * (1 - smoothing) + smoothing / 2 and the weight
// w of label(r), 0 or 1:
//   loss = mean over r of w * (max(z, 0) - z * t + log(1 + exp(-|z|)))
//   gradient[r] = w * (sigmoid(z) - t) / rows
//
// z (logits) and gradient: (rows), label(r) = labels[step, r], class_weights:
// (2). progress[step] = (loss, number of rows where z > 0 tells the label).
//
// One workgroup: thread t owns the rows t, t + WORKGROUP_X, ... Being alone, it
// can also advance the step counter once all its threads have read it.
var<workgroup> losses: array<f32, WORKGROUP_X>;
var<workgroup> hits: array<f32, WORKGROUP_X>;

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(local_invocation_index) thread: u32) {
  let step = counter[0];
  let scale = 1.0 / f32(params.rows);
  var loss = 0.0;
  var correct = 0.0;
  for (var r = thread; r < params.rows; r += WORKGROUP_X) {
    let z = load_logits(r);
    let label = labels[step * params.rows + r];
    let weight = load_class_weights(label);
    let truth = f32(label) * (1.0 - params.smoothing) + params.smoothing * 0.5;
    let small = exp(-abs(z));
    loss += weight * (max(z, 0.0) - z * truth + log_of_one_plus(small));
    correct += f32((z > 0.0) == (label == 1u));
    // Of the two forms of the sigmoid the one whose power cannot overflow.
    let probability = select(small, 1.0, z >= 0.0) / (1.0 + small);
    gradient[r] = weight * (probability - truth) * scale;
  }
  losses[thread] = loss;
  hits[thread] = correct;
  // All threads have read the counter and left their sums.
  workgroupBarrier();
  if (thread > 0u) { return; }
  for (var other = 1u; other < WORKGROUP_X; other++) {
    loss += losses[other];
    correct += hits[other];
  }
  progress[step * 2u] = loss * scale;
  progress[step * 2u + 1u] = correct;
  counter[0] = step + 1u;
}

// log(1 + u), by its series where 1 + u would lose u.
fn log_of_one_plus(u: f32) -> f32 {
  return select(log(1.0 + u), u * (1.0 - u * (0.5 - u / 3.0)), u < 0.01);
}
