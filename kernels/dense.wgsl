// y[r, c] = parameters[depth, c] + sum over k of x[source(r), k] * parameters[k, c]
//
// y: (rows, columns), row-major; the included texts have the sums.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  share_sums(workgroup, lane);
  let stride = params.columns / 4u;
  for (var output = lane; output < OUTPUTS; output += WORKGROUP_X) {
    let row = workgroup.x * ROWS + output / VECTORS;
    let column = workgroup.y * VECTORS + output % VECTORS;
    if (row >= params.rows || column >= stride) { continue; }
    y[row * stride + column] = sum_of(output, column);
  }
}

//@block sums
// The sums of a dense layer's workgroup: ROWS rows times VECTORS vec4s of columns.
// Its lanes share each sum, lane l taking the vec4s l, l + WORKGROUP_X, ... of a row.
//
// x: (any, depth); parameters: (depth + 1, columns), whose last row is the bias.
// All row-major; depth and columns are multiples of 4. The included texts define
// source(), load_x() and load_parameters().
const OUTPUTS = ROWS * VECTORS;

var<workgroup> partial_sums: array<vec4f, WORKGROUP_X * OUTPUTS>;

// Leaves the lanes' shares in partial_sums and waits for all of them.
fn share_sums(workgroup: vec3u, lane: u32) {
  let vectors = params.depth / 4u;
  let stride = params.columns / 4u;
  let first = workgroup.x * ROWS;
  let last = params.rows - 1u;
  let first_column = workgroup.y * VECTORS;
  // Rows and columns past the end repeat the last one and are not stored.
  //@each c
  let column$c = min(first_column + $cu, stride - 1u);
  //@end
  // Sources are read before any branch: there all lanes need the same value.
  //@each r
  let base$r = source(min(first + $ru, last)) * vectors;
  //@end
  //@each r
  //@each c
  var sum$r_$c = vec4f(0.0);
  //@end
  //@end
  for (var k = lane; k < vectors; k += WORKGROUP_X) {
    let at = k * 4u * stride;
    //@each r
    let x$r = load_x(base$r + k);
    //@end
    //@each c
    let w$c = mat4x4f(
      load_parameters(at + column$c),
      load_parameters(at + stride + column$c),
      load_parameters(at + 2u * stride + column$c),
      load_parameters(at + 3u * stride + column$c),
    );
    //@each r
    sum$r_$c += w$c * x$r;
    //@end
    //@end
  }
  //@each r
  //@each c
  partial_sums[lane * OUTPUTS + $ru * VECTORS + $cu] = sum$r_$c;
  //@end
  //@end
  // Every lane's sums are there before they are added up.
  workgroupBarrier();
}

// The sum of one output, by rows and then vec4s of columns, with its bias.
fn sum_of(output: u32, column: u32) -> vec4f {
  var total = load_parameters(params.depth * (params.columns / 4u) + column);
  for (var other = 0u; other < WORKGROUP_X; other++) {
    total += partial_sums[other * OUTPUTS + output];
  }
  return total;
}

//@block all
fn source(row: u32) -> u32 { return row; }

//@block listed
fn source(row: u32) -> u32 { return u32(places[counter[0] * params.placeStride + row]); }
