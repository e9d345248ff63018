// y[r, c] = parameters[depth, c] + sum over k of x[r, k] * parameters[k, c]
//
// x: (rows, depth), y: (rows, columns), parameters: (depth + 1, columns), whose
// last row is the bias. All row-major; depth and columns are multiples of 4.
//
// A workgroup owns ROWS = 4 rows times one vec4 of columns; its lanes share the
// sum, lane l taking the vec4s l, l + WORKGROUP_X, ... of each row.
const ROWS = 4u;

var<workgroup> partial_sums: array<vec4f, WORKGROUP_X * ROWS>;

@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let vectors = params.depth / 4u;
  let stride = params.columns / 4u;
  let column = workgroup.y;
  let first = workgroup.x * ROWS;
  let last = params.rows - 1u;
  // Rows past the end repeat the last one and are not stored.
  let base0 = first * vectors;
  let base1 = min(first + 1u, last) * vectors;
  let base2 = min(first + 2u, last) * vectors;
  let base3 = min(first + 3u, last) * vectors;
  var sum0 = vec4f(0.0);
  var sum1 = vec4f(0.0);
  var sum2 = vec4f(0.0);
  var sum3 = vec4f(0.0);
  for (var k = lane; k < vectors; k += WORKGROUP_X) {
    let at = k * 4u * stride + column;
    let w = mat4x4f(
      parameters[at],
      parameters[at + stride],
      parameters[at + 2u * stride],
      parameters[at + 3u * stride],
    );
    sum0 += w * x[base0 + k];
    sum1 += w * x[base1 + k];
    sum2 += w * x[base2 + k];
    sum3 += w * x[base3 + k];
  }
  partial_sums[lane * ROWS] = sum0;
  partial_sums[lane * ROWS + 1u] = sum1;
  partial_sums[lane * ROWS + 2u] = sum2;
  partial_sums[lane * ROWS + 3u] = sum3;
  // Every lane's sums are there before they are added up.
  workgroupBarrier();
  if (lane >= ROWS || first + lane > last) { return; }
  var total = parameters[params.depth * stride + column];
  for (var other = 0u; other < WORKGROUP_X; other++) {
    total += partial_sums[other * ROWS + lane];
  }
  y[(first + lane) * stride + column] = total;
}
