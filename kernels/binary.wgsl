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
