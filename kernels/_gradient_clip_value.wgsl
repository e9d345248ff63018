// By value: each is held between -limit and limit.
fn clipped(value: element) -> element {
  return clamp(value, element(-params.limit), element(params.limit));
}
