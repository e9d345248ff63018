// y[m, n] = activation(bias[n] + sum over i, j, c of x[pixel(m, i, j), c] * w[i, j, c, n])
//
// The product of conv2d.wgsl, in the same order of its sum and with the same
// layouts, for GPUs whose workgroups have memory of their own: a workgroup owns
// BLOCK pixels times BLOCK channels. STEP terms of the sum at a time, its threads
// load what all of them need, and each adds up SIDE by SIDE products in named
// registers.
//
// Threads along x take neighbouring channels: their stores lie side by side, and
// so do the words of `w_block` they read, while they read the same of `x_block`.

// (STEP / 4, BLOCK): four terms of a pixel.
var<workgroup> x_block: array<vec4f, STEP / 4u * BLOCK>;
// (STEP, BLOCK / 4): four channels of a term.
var<workgroup> w_block: array<vec4f, STEP * BLOCK / 4u>;

// Where the window of a part's output pixel begins: rows of the images before, top, left.
fn origin_of(part: u32, row: u32) -> vec3i {
  let at = min(row, params.rows - 1u);
  let area = params.outHeight * params.outWidth;
  return vec3i(
    i32((part * (params.rows / area) + at / area) * params.inHeight),
    i32(at % area / params.outWidth * params.strideHeight) - i32(params.padTop),
    i32(at % params.outWidth * params.strideWidth) - i32(params.padLeft),
  );
}

// The input's part of term `load * CHANNELS_PER_LOAD` and its neighbours; zero in the padding.
fn element(origin: vec3i, load: u32) -> elem {
  let position = load / params.channelVectors;
  let shift = vec2u(
    position / params.windowWidth * params.dilationHeight,
    position % params.windowWidth * params.dilationWidth,
  );
  let source = origin.yz + vec2i(shift);
  let in_size = vec2i(vec2u(params.inHeight, params.inWidth));
  let inside = all(source >= vec2i(0)) && all(source < in_size)
    && load * CHANNELS_PER_LOAD < params.depth;
  let pixel = (origin.x + source.x) * in_size.y + source.y;
  //@each dense
  let at = u32(pixel) * params.channelVectors + load % params.channelVectors;
  //@end
  //@each grouped
  let at = (u32(pixel) * params.parts + channels_of) * params.channelVectors
    + load % params.channelVectors;
  //@end
  return select(elem(0.0), load_x(select(0u, at, inside)), inside);
}

//@each grouped
// The group whose channels the workgroup reads.
var<private> channels_of: u32;

//@end
@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) thread: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  // Blocks of rows run along y; along z run parts, or what spills of a batch that
  // has none.
  let first_row = select(group.y, group.z * groups.y + group.y, SPILLS) * BLOCK;
  let part = select(0u, group.z, PARTS);
  let first_column = group.x * BLOCK;
  //@each grouped
  channels_of = first_column / params.outChannels;
  //@end
  //@each l
  // Neighbouring threads load neighbouring terms of a pixel.
  let x_row$l = (local + $lu * THREADS) / (STEP / 4u);
  let x_term$l = (local + $lu * THREADS) % (STEP / 4u);
  let origin$l = origin_of(part, first_row + x_row$l);
  // And neighbouring channels of a term, as packFilter() lays them out.
  let w_lane$l = (local + $lu * THREADS) % 4u;
  let w_term$l = (local + $lu * THREADS) / 4u % STEP;
  let w_tile$l = (local + $lu * THREADS) / (4u * STEP);
  let w_from$l = first_column / 16u + w_tile$l;
  //@end
  //@each r
  //@each c
  var sum$r_$c = vec4f(0.0);
  //@end
  //@end

  for (var start = 0u; start < params.depth; start += STEP) {
    //@each l
    x_block[x_term$l * BLOCK + x_row$l] = four_terms(origin$l, start / 4u + x_term$l);
    {
      let term = start + w_term$l;
      //@each dense
      let inside = term < params.depth && w_from$l < params.columnTiles;
      //@end
      //@each grouped
      let inside = term < params.depth;
      //@end
      let tile = part * params.columnTiles + w_from$l;
      let at = select(0u, (tile * params.depth + term) * 4u + w_lane$l, inside);
      w_block[w_term$l * (BLOCK / 4u) + w_tile$l * 4u + w_lane$l] =
        select(vec4f(0.0), load_w(at), inside);
    }
    //@end
    // Each thread reads what others wrote: nobody reads before all have written.
    workgroupBarrier();
    //@each s
    {
      //@each r
      let x$r = x_block[$su * BLOCK + thread.y + $ru * WORKGROUP_Y];
      //@end
      //@each k
      {
        //@each c
        let w$c = w_block[($su * 4u + $ku) * (BLOCK / 4u) + thread.x + $cu * WORKGROUP_X];
        //@end
        //@each r
        //@each c
        sum$r_$c = fma(vec4f(x$r[$k]), w$c, sum$r_$c);
        //@end
        //@end
      }
      //@end
    }
    //@end
    // The next round writes over the block: nobody writes before all have read.
    workgroupBarrier();
  }

  //@each c
  {
    let column = first_column + (thread.x + $cu * WORKGROUP_X) * 4u;
    //@each dense
    if (column < params.outChannels) {
    //@end
    //@each grouped
    {
    //@end
      let bias_of = load_bias(column / 4u);
      //@each r
      {
        let row = first_row + thread.y + $ru * WORKGROUP_Y;
        let pixel = part * params.rows + row;
        let at = pixel * params.yStride + params.yOffset + column;
        if (row < params.rows) {
          //@each alone
          store(at, column, activate4(sum$r_$c + bias_of));
          //@end
          //@each summed
          store(at, column, activate4(sum$r_$c + bias_of + residual_of(pixel, column)));
          //@end
        }
      }
      //@end
    }
  }
  //@end
}

//@block scalar_terms
// Four neighbouring terms of the sum, each from its own place in the window.
fn four_terms(origin: vec3i, vector: u32) -> vec4f {
  let load = vector * 4u;
  return vec4f(
    element(origin, load),
    element(origin, load + 1u),
    element(origin, load + 2u),
    element(origin, load + 3u),
  );
}

//@block vector_terms
// Four neighbouring terms of the sum, which are four channels of one pixel.
fn four_terms(origin: vec3i, vector: u32) -> vec4f { return element(origin, vector); }
