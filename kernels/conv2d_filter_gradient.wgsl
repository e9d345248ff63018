// partials[s, i, j, c, k] = sum over the lines (n, p) of split s and over q of
//   x[n, p * strideHeight + i * dilationHeight - padTop,
//        q * strideWidth + j * dilationWidth - padLeft, c] * dy[n, p, q, k]
//
// x: (N, H, W, C), dy: (N, OH, OW, K), partials: (splits, KH * KW * C, K), to be
// added up by sum_rows; with one split it is the gradient itself.
//
// A thread owns GROUPS loads of x, each one or four neighbours of the filter's
// KH * KW * C rows, times 16 columns in named registers, and takes PIXELS of a
// line at a time. Threads of a split are side by side: they walk over the same
// pixels.
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
  let tiles = depth_tiles * ((params.outChannels + 15u) / 16u);
  let split = index / tiles;
  if (split >= params.splits) { return; }
  let tile = index % tiles;
  let first = tile % depth_tiles * GROUPS;
  let column = tile / depth_tiles * 16u;
  let in_size = vec2i(vec2u(params.inHeight, params.inWidth));
  //@each g
  let row$g = min(first + $gu, depth - 1u);
  let channel$g = row$g % channels;
  let place$g = row$g / channels;
  let down$g = i32(place$g / params.windowWidth * params.dilationHeight) - i32(params.padTop);
  let right$g = i32(place$g % params.windowWidth * params.dilationWidth) - i32(params.padLeft);
  //@each k
  //@each c
  var sum$g_$k_$c = vec4f(0.0);
  //@end
  //@end
  //@end

  let end = min((split + 1u) * params.linesPerSplit, params.batch * params.outHeight);
  for (var line = split * params.linesPerSplit; line < end; line++) {
    let image = line / params.outHeight;
    let top = i32((line - image * params.outHeight) * params.strideHeight);
    //@each g
    let height$g = top + down$g;
    let line_inside$g = height$g >= 0 && height$g < in_size.x;
    let base$g = (i32(image) * in_size.x + height$g) * in_size.y;
    //@end
    for (var q = 0u; q < params.outWidth; q += PIXELS) {
      //@each p
      let exists$p = q + $pu < params.outWidth;
      let left$p = i32((q + $pu) * params.strideWidth);
      //@each c
      let dy$p_$c = slopes(line * params.outWidth + min(q + $pu, params.outWidth - 1u), column + $cu * 4u);
      //@end
      //@end
      // A sum that has left its register comes back once for all its products.
      //@each g
      {
        //@each p
        let width$p = left$p + right$g;
        let inside$p = exists$p && line_inside$g && width$p >= 0 && width$p < in_size.y;
        let at$p = select(0u, u32(base$g + width$p) * channels + channel$g, inside$p);
        let value$p = select(element(0.0), load_x(at$p), inside$p);
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
  }

  //@each g
  if (first + $gu < depth) {
    //@each k
    {
      let row = split * depth * CHANNELS_PER_LOAD + row$g * CHANNELS_PER_LOAD + $ku;
      //@each c
      store(row * params.outChannels, column + $cu * 4u, sum$g_$k_$c);
      //@end
    }
    //@end
  }
  //@end
}

fn store(base: u32, column: u32, value: vec4f) {
  for (var lane = 0u; lane < 4u; lane++) {
    if (column + lane < params.outChannels) { partials[base + column + lane] = value[lane]; }
  }
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

//@block vector_slopes
// Four channels of a pixel of dy at once; past the last it repeats them.
fn slopes(pixel: u32, column: u32) -> vec4f {
  let vectors = params.outChannels / 4u;
  return load_dy(pixel * vectors + min(column / 4u, vectors - 1u));
}
