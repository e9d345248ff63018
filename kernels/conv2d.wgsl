// y[m, n] = activation(bias[n] + sum over i, j, c of x[pixel(m, i, j), c] * w[i, j, c, n])
//
// Convolution as an implicit GEMM: m runs over the (N, OH, OW) output pixels, n
// over the output channels, the reduction over window rows i, window columns j
// and input channels c. x: (N, H, W, C). y: rows of `yStride` channels, of which
// `yOffset` onwards are written. w: packed by packFilter() to
// (column tiles, KH * KW * C, 16), bias: (column tiles * 16).
//
// A batch may have parts, each with a filter of its own and all of them with one
// bias: x: (parts, N, H, W, C), w: (parts, column tiles, KH * KW * C, 16).
//
// With a residual, y[m, n] = activation(... + residual[m, n]); residual: rows of the
// output's channels, however wide those of y are.
//
// Each thread owns ROWS pixels times VECTORS * 4 channels in named registers and
// needs no barrier. Threads along x take different pixels and read the same weights.
// Neighbouring workgroups take the same pixels, which then are still in a cache.

//@each padded
// The output pixel after one, both as image, line and column.
fn next_pixel(at: vec3u) -> vec3u {
  let beside = at + vec3u(0u, 0u, 1u);
  let below = select(beside, vec3u(at.x, at.y + 1u, 0u), beside.z == params.outWidth);
  return select(below, vec3u(at.x + 1u, 0u, 0u), below.y == params.outHeight);
}

//@end
@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) thread: vec3u,
) {
  // Blocks of rows run along y; along z run parts, or what spills of a batch that
  // has none. Constants choose: llvmpipe's code is a third slower for knowing both.
  let block = select(group.y, group.z * groups.y + group.y, SPILLS);
  let part = select(0u, group.z, PARTS);
  let first_row = (block * WORKGROUP_X + thread.x) * ROWS;
  let tile = group.x * WORKGROUP_Y + thread.y;
  //@each dense
  if (first_row >= params.rows || tile * VECTORS * 4u >= params.outChannels) { return; }
  //@end
  //@each grouped
  if (first_row >= params.rows || tile >= params.columnTiles * params.parts) { return; }
  let first_vector = tile / params.columnTiles * params.channelVectors;
  let pixel_vectors = params.channelVectors * params.parts;
  //@end
  //@each padded
  let in_size = vec2i(vec2u(params.inHeight, params.inWidth));
  // CPUs divide integers lane by lane: only the first pixel is found so, and the
  // others follow it.
  let line = first_row / params.outWidth;
  let image = line / params.outHeight;
  let first_image = part * (params.rows / (params.outHeight * params.outWidth));
  var at = vec3u(
    first_image + image,
    line - image * params.outHeight,
    first_row - line * params.outWidth,
  );
  //@end
  //@each r
  let row$r = min(first_row + $ru, params.rows - 1u);
  //@each padded
  let image$r = i32(at.x * params.inHeight);
  let top$r = i32(at.y * params.strideHeight) - i32(params.padTop);
  let left$r = i32(at.z * params.strideWidth) - i32(params.padLeft);
  at = select(at, next_pixel(at), row$r + 1u < params.rows);
  //@end
  //@each single
  let base$r = (part * params.rows + row$r) * params.channelVectors;
  //@end
  //@each c
  var sum$r_$c = vec4f(0.0);
  //@end
  //@end

  // Filters lie in tiles of four vectors, whatever a thread has of them.
  let part_tiles = part * params.columnTiles;
  //@each c
  let lane$c = tile * VECTORS + $cu;
  let weight$c = (part_tiles + lane$c / 4u) * params.depth * 4u + lane$c % 4u;
  //@end
  var next_weight = 0u;
  //@each padded
  for (var i = 0u; i < params.windowHeight; i++) {
    for (var j = 0u; j < params.windowWidth; j++) {
      let shift = vec2i(vec2u(i * params.dilationHeight, j * params.dilationWidth));
      //@each r
      let source$r = vec2i(top$r, left$r) + shift;
      let inside$r = all(source$r >= vec2i(0)) && all(source$r < in_size);
      let pixel$r = (image$r + source$r.x) * in_size.y + source$r.y;
      //@each dense
      let base$r = select(0u, u32(pixel$r) * params.channelVectors, inside$r);
      //@end
      //@each grouped
      let base$r = select(0u, u32(pixel$r) * pixel_vectors + first_vector, inside$r);
      //@end
      //@end
  //@end
      for (var channel = 0u; channel < params.channelVectors; channel++) {
        //@each c
        //@each k
        let w$c_$k = load_w(next_weight + weight$c + $ku * 4u);
        //@end
        //@end
        // Pixel by pixel: what is loaded of one stays in its registers, and what
        // is loaded of the weights has left them and is an operand in memory.
        //@each r
        {
          //@each padded
          let x = select(elem(0.0), load_x(base$r + channel), inside$r);
          //@end
          //@each single
          let x = load_x(base$r + channel);
          //@end
          //@each c
          //@each k
          sum$r_$c = fma(vec4f(component(x, $ku)), w$c_$k, sum$r_$c);
          //@end
          //@end
        }
        //@end
        next_weight += CHANNELS_PER_LOAD * 4u;
      }
  //@each padded
    }
  }
  //@end

  let column = tile * VECTORS * 4u;
  //@each c
  let bias$c = load_bias(tile * VECTORS + $cu);
  //@end
  //@each r
  if (first_row + $ru < params.rows) {
    let pixel = part * params.rows + row$r;
    let base = pixel * params.yStride + params.yOffset + column;
    //@each c
    //@each alone
    store(base + $cu * 4u, column + $cu * 4u, activate4(sum$r_$c + bias$c));
    //@end
    //@each summed
    store(
      base + $cu * 4u,
      column + $cu * 4u,
      activate4(sum$r_$c + bias$c + residual_of(pixel, column + $cu * 4u)),
    );
    //@end
    //@end
  }
  //@end
}

//@block scalar_loads
// Input channels are loaded one at a time.
alias elem = f32;
fn component(value: f32, index: u32) -> f32 { return value; }

//@block vector_loads
// Input channels are loaded four at a time.
alias elem = vec4f;
fn component(value: vec4f, index: u32) -> f32 { return value[index]; }

//@block scalar_stores
// Output channels are stored one at a time, as many as there are.
fn store(at: u32, column: u32, value: vec4f) {
  for (var lane = 0u; lane < 4u; lane++) {
    if (column + lane < params.outChannels) { store_y(at + lane, value[lane]); }
  }
}

//@block vector_stores
// Output channels are stored four at a time: their count, stride and offset are multiples of 4.
fn store(at: u32, column: u32, value: vec4f) {
  if (column < params.outChannels) { store_y(at / 4u, value); }
}

//@block whole_scalar_stores
// Output channels fill whole tiles: each of a tile's channels exists.
fn store(at: u32, column: u32, value: vec4f) {
  for (var lane = 0u; lane < 4u; lane++) { store_y(at + lane, value[lane]); }
}

//@block whole_vector_stores
// Output channels fill whole tiles: each of a tile's channels exists.
fn store(at: u32, column: u32, value: vec4f) { store_y(at / 4u, value); }

//@block residual
fn residual_channels() -> u32 {
  return params.outChannels * select(1u, params.parts, GROUPS);
}

//@block scalar_residual
// Four channels of a pixel of the residual, as many as there are.
fn residual_of(pixel: u32, column: u32) -> vec4f {
  let channels = residual_channels();
  var value = vec4f(0.0);
  for (var lane = 0u; lane < 4u; lane++) {
    if (column + lane < channels) {
      value[lane] = load_residual(pixel * channels + column + lane);
    }
  }
  return value;
}

//@block vector_residual
// Four channels of a pixel of the residual; zeros where there are no more.
fn residual_of(pixel: u32, column: u32) -> vec4f {
  let channels = residual_channels();
  let at = select(0u, (pixel * channels + column) / 4u, column < channels);
  return load_residual(at);
}
