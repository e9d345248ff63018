// dx[n, h, w, c] = sum over i, j, k of dy[n, p, q, k] * w[i, j, c, k], where
//   p = (h + padTop - i * dilationHeight) / strideHeight and
//   q = (w + padLeft - j * dilationWidth) / strideWidth
// are whole and lie in dy.
//
// dy: (N, OH, OW, K), w: (KH, KW, C, K) as TensorFlow stores it, dx:
// (N, H, W, C). An implicit GEMM: rows are input pixels, columns input channels.
//
// Pixels that leave the same remainder by the strides meet the same places of
// the window. Threads along z take one such phase each, so that no thread
// multiplies by the zeros between strides. A thread owns ROWS pixels of a phase
// times COLUMNS channels in named registers.
@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let strides = vec2u(params.strideHeight, params.strideWidth);
  let in_size = vec2u(params.inHeight, params.inWidth);
  let out_size = vec2i(vec2u(params.outHeight, params.outWidth));
  // Rows run along x and spill into z, beyond the phases.
  let phases = strides.x * strides.y;
  let line = id.z / phases * groups.x * WORKGROUP_X + id.x;
  let phase = vec2u(id.z % phases / strides.y, id.z % strides.y);
  // Cells are the pixels of a phase.
  let cells = (in_size + strides - 1u) / strides;
  let rows = params.batch * cells.x * cells.y;
  let first_row = line * ROWS;
  let column = id.y * COLUMNS;
  if (first_row >= rows || column >= params.inChannels) { return; }
  let vectors = params.outChannels / CHANNELS_PER_LOAD;
  let last = params.inChannels - 1u;
  //@each r
  let row$r = min(first_row + $ru, rows - 1u);
  let image$r = row$r / (cells.x * cells.y);
  let cell$r = vec2u(row$r / cells.y % cells.x, row$r % cells.y);
  //@each q
  //@each k
  var sum$r_$q_$k = 0.0;
  //@end
  //@end
  //@end

  for (var i = 0u; i < params.windowHeight; i++) {
    let down = i32(phase.x + params.padTop) - i32(i * params.dilationHeight);
    if (down % i32(strides.x) != 0) { continue; }
    for (var j = 0u; j < params.windowWidth; j++) {
      let right = i32(phase.y + params.padLeft) - i32(j * params.dilationWidth);
      if (right % i32(strides.y) != 0) { continue; }
      let shift = vec2i(down, right) / vec2i(strides);
      //@each r
      let source$r = vec2i(cell$r) + shift;
      let inside$r = all(source$r >= vec2i(0)) && all(source$r < out_size);
      let pixel$r = (i32(image$r) * out_size.x + source$r.x) * out_size.y + source$r.y;
      let base$r = select(0u, u32(pixel$r) * vectors, inside$r);
      //@end
      let place = (i * params.windowWidth + j) * params.inChannels;
      //@each q
      //@each k
      let weight$q_$k = (place + min(column + $qu * 4u + $ku, last)) * vectors;
      //@end
      //@end
      for (var channel = 0u; channel < vectors; channel++) {
        //@each r
        let dy$r = select(element(0.0), load_dy(base$r + channel), inside$r);
        //@end
        //@each q
        //@each k
        let weights$q_$k = load_w(weight$q_$k + channel);
        //@each r
        sum$r_$q_$k = add_product(sum$r_$q_$k, dy$r, weights$q_$k);
        //@end
        //@end
        //@end
      }
    }
  }

  //@each r
  {
    let pixel = cell$r * strides + phase;
    if (first_row + $ru < rows && all(pixel < in_size)) {
      let base = ((image$r * in_size.x + pixel.x) * in_size.y + pixel.y) * params.inChannels;
      //@each q
      store(base, column + $qu * 4u, vec4f(sum$r_$q_0, sum$r_$q_1, sum$r_$q_2, sum$r_$q_3));
      //@end
    }
  }
  //@end
}

fn store(base: u32, column: u32, value: vec4f) {
  for (var lane = 0u; lane < 4u; lane++) {
    if (column + lane < params.inChannels) { dx[base + column + lane] = value[lane]; }
  }
}

//@block scalar_loads
// The channels of a sum are loaded one at a time.
alias element = f32;
fn component(value: element, index: u32) -> f32 { return value; }
fn add_product(sum: f32, a: element, b: element) -> f32 { return fma(a, b, sum); }

//@block vector_loads
// The channels of a sum are loaded four at a time.
alias element = vec4f;
fn component(value: element, index: u32) -> f32 { return value[index]; }
fn add_product(sum: f32, a: element, b: element) -> f32 {
  return fma(a.w, b.w, fma(a.z, b.z, fma(a.y, b.y, fma(a.x, b.x, sum))));
}
