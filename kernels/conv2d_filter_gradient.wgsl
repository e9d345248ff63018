// partials[s, i, j, c, k] = sum over the output pixels (n, p, q) of split s of
//   x[n, p * strideHeight + i * dilationHeight - padTop,
//        q * strideWidth + j * dilationWidth - padLeft, c] * dy[n, p, q, k]
//
// x: (N, H, W, C), dy: (N, OH, OW, K), partials: (splits, KH * KW * C, K), to be
// added up by sum_rows; with one split it is the gradient itself.
//
// A thread owns GROUPS loads of x, each one or four neighbours of the filter's
// KH * KW * C rows, times COLUMNS columns in named registers, and takes PIXELS at
// a time. Threads of a split are side by side: they walk over the same pixels.

// The output pixel after one, both as image, line and column.
fn next_pixel(at: vec3u) -> vec3u {
  let beside = at + vec3u(0u, 0u, 1u);
  let below = select(beside, vec3u(at.x, at.y + 1u, 0u), beside.z == params.outWidth);
  return select(below, vec3u(at.x + 1u, 0u, 0u), below.y == params.outHeight);
}

@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  let channels = params.inChannels / CHANNELS_PER_LOAD;
  let depth = params.windowHeight * params.windowWidth * channels;
  let depth_tiles = (depth + GROUPS - 1u) / GROUPS;
  let tiles = depth_tiles * ((params.outChannels + COLUMNS - 1u) / COLUMNS);
  let split = index / tiles;
  if (split >= params.splits) { return; }
  let tile = index % tiles;
  let first = tile % depth_tiles * GROUPS;
  let column = tile / depth_tiles * COLUMNS;
  let in_size = vec2i(vec2u(params.inHeight, params.inWidth));
  // Where rows of one place of the window are neighbours, it is looked at once.
  //@each t
  let row$t = min(first + $tu, depth - 1u);
  let channel$t = row$t % channels;
  let place$t = row$t / channels;
  let shift$t = vec2i(
    i32(place$t / params.windowWidth * params.dilationHeight) - i32(params.padTop),
    i32(place$t % params.windowWidth * params.dilationWidth) - i32(params.padLeft),
  );
  //@end
  //@each g
  //@each k
  //@each c
  var sum$g_$k_$c = vec4f(0.0);
  //@end
  //@end
  //@end

  let pixels = params.batch * params.outHeight * params.outWidth;
  let start = split * params.pixelsPerSplit;
  let end = min(start + params.pixelsPerSplit, pixels);
  // CPUs divide integers lane by lane: only the first pixel is found so, and the
  // others follow it.
  let first_line = start / params.outWidth;
  var at = vec3u(
    first_line / params.outHeight,
    first_line % params.outHeight,
    start % params.outWidth,
  );
  for (var pixel = start; pixel < end; pixel += PIXELS) {
    //@each p
    let exists$p = pixel + $pu < end;
    let corner$p = vec2i(at.yz * vec2u(params.strideHeight, params.strideWidth));
    let line$p = i32(at.x) * in_size.x;
    at = next_pixel(at);
    //@each c
    let dy$p_$c = slopes(min(pixel + $pu, pixels - 1u), column + $cu * 4u);
    //@end
    //@end
    //@each t
    //@each p
    let source$t_$p = corner$p + shift$t;
    let inside$t_$p = exists$p && all(source$t_$p >= vec2i(0)) && all(source$t_$p < in_size);
    let base$t_$p = u32((line$p + source$t_$p.x) * in_size.y + source$t_$p.y) * channels + channel$t;
    //@end
    //@end
    // A sum that has left its register comes back once for all its products.
    //@each g
    {
      //@each together
      //@each p
      let value$p = select(element(0.0), load_x(base0_$p + $gu), inside0_$p);
      //@end
      //@end
      //@each apart
      //@each p
      let value$p = select(element(0.0), load_x(base$g_$p), inside$g_$p);
      //@end
      //@end
      //@each k
      //@each c
      //@each p
      sum$g_$k_$c = fma(vec4f(component(value$p, $ku)), dy$p_$c, sum$g_$k_$c);
      //@end
      //@end
      //@end
    }
    //@end
  }

  //@each g
  if (first + $gu < depth) {
    //@each k
    {
      let row = (split * depth + first + $gu) * CHANNELS_PER_LOAD + $ku;
      //@each c
      store(row * params.outChannels, column + $cu * 4u, sum$g_$k_$c);
      //@end
    }
    //@end
  }
  //@end
}

//@block scalar_slopes
// Four channels of a pixel of dy, one at a time; past the last it repeats it.
fn slopes(pixel: u32, column: u32) -> vec4f {
  let last = params.outChannels - 1u;
  let base = pixel * params.outChannels;
  return vec4f(
    load_dy(base + min(column, last)),
    load_dy(base + min(column + 1u, last)),
    load_dy(base + min(column + 2u, last)),
    load_dy(base + min(column + 3u, last)),
  );
}
fn store(base: u32, column: u32, value: vec4f) {
  for (var lane = 0u; lane < 4u; lane++) {
    if (column + lane < params.outChannels) { store_partials(base + column + lane, value[lane]); }
  }
}

//@block vector_slopes
// Four channels of a pixel of dy at once; past the last it repeats them.
fn slopes(pixel: u32, column: u32) -> vec4f {
  let vectors = params.outChannels / 4u;
  return load_dy(pixel * vectors + min(column / 4u, vectors - 1u));
}
fn store(base: u32, column: u32, value: vec4f) {
  if (column < params.outChannels) { store_partials((base + column) / 4u, value); }
}
