// Softmax cross-entropy of one row: stores weight * (softmax(z) - truth) * scale by
// store_gradient() and returns (weight * loss, whether the first largest logit is
// the label's), where
//   loss = sum over c of truth[c] * -log(softmax(z)[c])
//   truth[c] = (c == label) * (1 - smoothing) + smoothing / classes
// The text it is included in defines load_logits(index) and store_gradient(index,
// value), by vec4s, and params.classes and params.smoothing. The row's vec4s
// begin at `logits_base` and at `gradient_base`.

const none = 0xffffffffu;

struct Row {
  logits_base: u32,
  gradient_base: u32,
  vectors: u32,
  label: u32,
  weight: f32,
  scale: f32,
}

fn softmax_row(row: Row) -> vec2f {
  let share = params.smoothing / f32(params.classes);
  let label_logit = load_logits(row.logits_base + row.label / 4u)[row.label % 4u];

  // Softmax does not change when all logits shift: none may overflow.
  var shift4 = vec4f(label_logit);
  for (var v = 0u; v < row.vectors; v++) {
    shift4 = max(shift4, select(vec4f(label_logit), load_logits(row.logits_base + v), is_class(v)));
  }
  let shift = largest(shift4);
  var sum4 = vec4f(0.0);
  var spread4 = vec4f(0.0);
  var first4 = vec4u(none);
  for (var v = 0u; v < row.vectors; v++) {
    let z = load_logits(row.logits_base + v);
    sum4 += select(vec4f(0.0), exp(z - shift), is_class(v));
    spread4 += select(vec4f(0.0), z - shift, is_class(v));
    first4 = min(first4, select(vec4u(none), class_of(v), (z == vec4f(shift)) & is_class(v)));
  }
  let sum = sum4.x + sum4.y + sum4.z + sum4.w;
  let first = min(min(first4.x, first4.y), min(first4.z, first4.w));
  let spread = spread4.x + spread4.y + spread4.z + spread4.w;

  for (var v = 0u; v < row.vectors; v++) {
    let probability = exp(load_logits(row.logits_base + v) - shift) / sum;
    let truth = vec4f(class_of(v) == vec4u(row.label)) * (1.0 - params.smoothing) + share;
    let slope = row.weight * (probability - truth) * row.scale;
    store_gradient(row.gradient_base + v, select(vec4f(0.0), slope, is_class(v)));
  }
  let surprise = log(sum) - (label_logit - shift);
  let loss = (1.0 - params.smoothing) * surprise +
    share * (f32(params.classes) * log(sum) - spread);
  return vec2f(row.weight * loss, f32(first == row.label));
}

fn largest(v: vec4f) -> f32 {
  return max(max(v.x, v.y), max(v.z, v.w));
}

fn class_of(vector: u32) -> vec4u {
  return vec4u(vector * 4u) + vec4u(0u, 1u, 2u, 3u);
}

fn is_class(vector: u32) -> vec4<bool> {
  return class_of(vector) < vec4u(params.classes);
}
