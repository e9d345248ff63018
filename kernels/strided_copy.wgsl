// y[i0, ..., i5] = x[offset + i0 * xStride0 + ... + i5 * xStride5].
//
// y (size / (d1 * ... * d5), d1, ..., d5). A thread owns one value of y. Strides
// may be negative: they arrive wrapped around, and so do their products.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  if (index >= params.size) { return; }
  var rest = index;
  var at = params.offset;
  at += (rest % params.d5) * params.xStride5;
  rest /= params.d5;
  at += (rest % params.d4) * params.xStride4;
  rest /= params.d4;
  at += (rest % params.d3) * params.xStride3;
  rest /= params.d3;
  at += (rest % params.d2) * params.xStride2;
  rest /= params.d2;
  at += (rest % params.d1) * params.xStride1;
  rest /= params.d1;
  store_y(index, load_x(at + rest * params.xStride0));
}
