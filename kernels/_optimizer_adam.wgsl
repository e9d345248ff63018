// Adam as Keras has it (Kingma and Ba 2015, the form before section 2.1):
// m += (1 - beta1) (g - m), v += (1 - beta2) (g^2 - v),
// w - rate * m / (sqrt(v) + epsilon), where the schedule's rate already holds the
// bias correction sqrt(1 - beta2^t) / (1 - beta1^t). It is PyTorch's form too if
// the schedule's epsilon holds sqrt(1 - beta2^t).
fn update(index: u32, value: element, g: element, now: vec4f) -> element {
  let m = first[index] + now.z * (g - first[index]);
  let v = second[index] + params.secondShare * (g * g - second[index]);
  first[index] = m;
  second[index] = v;
  return value - now.x * m / (sqrt(v) + now.w);
}
