// gradient[k, c] = sum over r of x[r, k] * dy[r, c], k < depth
// gradient[depth, c] = sum over r of dy[r, c], the bias's
//
// x: (rows, depth), dy: (rows, columns), gradient: (depth + 1, columns), all
// row-major; depth and columns are multiples of 4. Each thread owns two vec4s of
// k, half of the depth apart so that threads side by side read side by side,
// times two vec4s of columns: what it loads, it multiplies at least eight times.
@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let vectors = params.depth / 4u;
  let half = (vectors + 1u) / 2u;
  let stride = params.columns / 4u;
  let column = id.y * 2u;
  // Past the end the last one is computed and stored again, to the same bits.
  let next_column = min(column + 1u, stride - 1u);
  let k = id.x;
  let next_k = min(k + half, vectors - 1u);
  if (k > half) { return; }
  if (k == half) {
    bias_gradient(column, next_column);
    return;
  }
  var sum00 = mat4x4f();
  var sum01 = mat4x4f();
  var sum10 = mat4x4f();
  var sum11 = mat4x4f();
  for (var r = 0u; r < params.rows; r++) {
    let row = r * vectors;
    let value0 = x[row + k];
    let value1 = x[row + next_k];
    let slope0 = dy[r * stride + column];
    let slope1 = dy[r * stride + next_column];
    sum00 += outer_product(slope0, value0);
    sum01 += outer_product(slope1, value0);
    sum10 += outer_product(slope0, value1);
    sum11 += outer_product(slope1, value1);
  }
  store_tile(k, column, sum00);
  store_tile(k, next_column, sum01);
  store_tile(next_k, column, sum10);
  store_tile(next_k, next_column, sum11);
}

fn bias_gradient(column: u32, next_column: u32) {
  let stride = params.columns / 4u;
  var sum0 = vec4f(0.0);
  var sum1 = vec4f(0.0);
  for (var r = 0u; r < params.rows; r++) {
    sum0 += dy[r * stride + column];
    sum1 += dy[r * stride + next_column];
  }
  gradient[params.depth * stride + column] = sum0;
  gradient[params.depth * stride + next_column] = sum1;
}

fn outer_product(slope: vec4f, value: vec4f) -> mat4x4f {
  return mat4x4f(value.x * slope, value.y * slope, value.z * slope, value.w * slope);
}

fn store_tile(k: u32, column: u32, sum: mat4x4f) {
  let stride = params.columns / 4u;
  let at = k * 4u * stride + column;
  gradient[at] = sum[0];
  gradient[at + stride] = sum[1];
  gradient[at + 2u * stride] = sum[2];
  gradient[at + 3u * stride] = sum[3];
}
