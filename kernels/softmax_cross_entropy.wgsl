// loss = mean over r of weight(r) * sum over c of truth[r, c] * -log(softmax(z[r])[c])
// gradient[r, c] = weight(r) * (softmax(z[r])[c] - truth[r, c]) / rows
// truth[r, c] = (c == y(r)) * (1 - smoothing) + smoothing / classes
//
// z (logits) and gradient: (rows, columns), of which the first `classes` columns
// count; the gradient of the others is 0. y(r) = labels[step, r] and
// weight(r) = class_weights[y(r)].
// progress[step] = (loss, number of rows whose first largest logit is y(r)).
//
// One workgroup: thread t owns the rows t, t + WORKGROUP_X, ... Being alone, it
// can also advance the step counter once all its threads have read it.
var<workgroup> losses: array<f32, WORKGROUP_X>;
var<workgroup> hits: array<f32, WORKGROUP_X>;

const none = 0xffffffffu;

fn largest(v: vec4f) -> f32 {
  return max(max(v.x, v.y), max(v.z, v.w));
}

@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(local_invocation_index) thread: u32) {
  let vectors = params.columns / 4u;
  let step = counter[0];
  let scale = 1.0 / f32(params.rows);
  let share = params.smoothing / f32(params.classes);
  var loss = 0.0;
  var correct = 0.0;
  for (var r = thread; r < params.rows; r += WORKGROUP_X) {
    let base = r * vectors;
    let label = labels[step * params.rows + r];
    let label_logit = logits[base + label / 4u][label % 4u];

    // Softmax does not change when all logits shift: none may overflow.
    var shift4 = vec4f(label_logit);
    for (var v = 0u; v < vectors; v++) {
      shift4 = max(shift4, select(vec4f(label_logit), logits[base + v], is_class(v)));
    }
    let shift = largest(shift4);
    var sum4 = vec4f(0.0);
    var spread4 = vec4f(0.0);
    var first4 = vec4u(none);
    for (var v = 0u; v < vectors; v++) {
      let z = logits[base + v];
      sum4 += select(vec4f(0.0), exp(z - shift), is_class(v));
      spread4 += select(vec4f(0.0), z - shift, is_class(v));
      first4 = min(first4, select(vec4u(none), class_of(v), (z == vec4f(shift)) & is_class(v)));
    }
    let sum = sum4.x + sum4.y + sum4.z + sum4.w;
    let first = min(min(first4.x, first4.y), min(first4.z, first4.w));
    let spread = spread4.x + spread4.y + spread4.z + spread4.w;
    let weight = class_weights[label];
    loss += weight * ((1.0 - params.smoothing) * (log(sum) - (label_logit - shift)) +
      share * (f32(params.classes) * log(sum) - spread));
    correct += f32(first == label);

    for (var v = 0u; v < vectors; v++) {
      let probability = exp(logits[base + v] - shift) / sum;
      let truth = vec4f(class_of(v) == vec4u(label)) * (1.0 - params.smoothing) + share;
      let slope = weight * (probability - truth) * scale;
      store_gradient(base + v, select(vec4f(0.0), slope, is_class(v)));
    }
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

fn class_of(vector: u32) -> vec4u {
  return vec4u(vector * 4u) + vec4u(0u, 1u, 2u, 3u);
}

fn is_class(vector: u32) -> vec4<bool> {
  return class_of(vector) < vec4u(params.classes);
}
