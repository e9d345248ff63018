// gradient[k, c] = sum over r of x[row_of(r), k] * dy[r, c], k < depth
// gradient[depth, c] = sum over r of dy[r, c], the bias's
//
// x: (any, depth), dy: (rows, columns), gradient: (depth + 1, columns), all
// row-major; depth and columns are multiples of 4. Each thread owns 4 k times
// one vec4 of columns and needs no barrier.
@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let vectors = params.depth / 4u;
  let stride = params.columns / 4u;
  let k = id.x;
  let column = id.y;
  if (k > vectors) { return; }
  var sum0 = vec4f(0.0);
  var sum1 = vec4f(0.0);
  var sum2 = vec4f(0.0);
  var sum3 = vec4f(0.0);
  if (k == vectors) {
    for (var r = 0u; r < params.rows; r++) {
      sum0 += dy[r * stride + column];
    }
    gradient[params.depth * stride + column] = sum0;
    return;
  }
  for (var r = 0u; r < params.rows; r++) {
    let value = x[row_of(r) * vectors + k];
    let slope = dy[r * stride + column];
    sum0 += value.x * slope;
    sum1 += value.y * slope;
    sum2 += value.z * slope;
    sum3 += value.w * slope;
  }
  let at = k * 4u * stride + column;
  gradient[at] = sum0;
  gradient[at + stride] = sum1;
  gradient[at + 2u * stride] = sum2;
  gradient[at + 3u * stride] = sum3;
}
