// gradient[k, c] = sum over r of x[places[step, r], k] * dy[r, c], k < depth
// gradient[depth, c] = sum over r of dy[r, c], the bias's
// parameters = update(parameters - decay * parameters, gradient); biases do not decay
//
// x: (any, depth), dy: (rows, columns), parameters and what the rule remembers:
// (depth + 1, columns), all row-major; depth and columns are multiples of 4.
// places: (steps, placeStride) of rows of x. schedule: (steps) of rate, decay,
// share and epsilon, as optimizer.wgsl has it. counter: the steps done and, from
// dense_loss, the step that runs; softmax_cross_entropy has advanced the first past
// it already. The included texts define update() and keep(), which stores parameters.
//
// Each thread owns PARTS vec4s of k times two vec4s of columns; the gradient never
// leaves its registers. Where SIDE_BY_SIDE, its vec4s are neighbours, so that the
// few threads of a CPU touch few pages; else those of neighbouring threads are.
@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3u) {
  // Read before any branch: there all lanes need the same value, which is cheap.
  let step = select(counter[0] - 1u, counter[1], ADVANCES);
  let now = schedule[step];
  let start = step * (params.placeStride / 4u);
  let vectors = params.depth / 4u;
  let part = (vectors + PARTS - 1u) / PARTS;
  let stride = params.columns / 4u;
  let column0 = id.y * 2u;
  // Past the end the last one is computed again and not stored.
  let column1 = min(column0 + 1u, stride - 1u);
  if (id.x > part) { return; }
  if (id.x == part) {
    // Its own dispatch reads the other number alone.
    if (ADVANCES && id.y == 0u) { counter[0] = step + 1u; }
    update_bias(column0, now);
    if (column1 > column0) { update_bias(column1, now); }
    return;
  }
  //@each p
  let owned$p = select(id.x + $pu * part, id.x * PARTS + $pu, SIDE_BY_SIDE);
  let k$p = min(owned$p, vectors - 1u);
  //@each c
  var sum$p_$c = mat4x4f();
  //@end
  //@end
  for (var four = 0u; four * 4u < params.rows; four++) {
    let sources = vec4u(load_places(start + four)) * vectors;
    //@each i
    {
      let row = four * 4u + $iu;
      let is_row = row < params.rows;
      //@each c
      let slope$c = select(vec4f(0.0), load_dy(row * stride + column$c), is_row);
      //@end
      //@each p
      let value$p = load_x(sources[$i] + k$p);
      //@each c
      sum$p_$c += outer_product(slope$c, value$p);
      //@end
      //@end
    }
    //@end
  }
  //@each p
  if (owned$p < vectors) {
    update_tile(k$p, column0, sum$p_0, now);
    if (column1 > column0) { update_tile(k$p, column1, sum$p_1, now); }
  }
  //@end
}

fn outer_product(slope: vec4f, value: vec4f) -> mat4x4f {
  return mat4x4f(value.x * slope, value.y * slope, value.z * slope, value.w * slope);
}

fn update_tile(k: u32, column: u32, gradient: mat4x4f, now: vec4f) {
  let stride = params.columns / 4u;
  //@each i
  {
    let index = (k * 4u + $iu) * stride + column;
    let value = parameters[index];
    keep(index, update(index, value - now.y * value, gradient[$i], now));
  }
  //@end
}

fn update_bias(column: u32, now: vec4f) {
  let stride = params.columns / 4u;
  var gradient = vec4f(0.0);
  for (var row = 0u; row < params.rows; row++) {
    gradient += load_dy(row * stride + column);
  }
  let index = params.depth * stride + column;
  keep(index, update(index, parameters[index], gradient, now));
}
