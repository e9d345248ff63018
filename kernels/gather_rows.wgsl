// y[r, k] = x[batches[counter[0], r], k]
//
// x: (any, depth) of f32 or of bytes, y: (rows, depth), depth a multiple of 4;
// batches: (steps, rows) of rows of x, counter[0] the step that runs. Each thread
// copies four values.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let vectors = params.depth / 4u;
  let row = workgroup.y;
  // Read before any branch: there the value is known to be one for all lanes.
  let source = batches[counter[0] * params.rows + row];
  let k = workgroup.x * WORKGROUP_X + local;
  if (k >= vectors) { return; }
  y[row * vectors + k] = values(source * vectors + k);
}

//@block floats
// Four values of the data, which are f32.
fn values(at: u32) -> vec4f { return x[at]; }

//@block bytes
// Four values of the data, which are bytes of a word, the lowest first.
fn values(at: u32) -> vec4f {
  return vec4f((vec4u(x[at]) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(255u));
}
