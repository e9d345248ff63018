// partials[s, i, j, c, k] = sum over the lines (n, p) of split s and over q of
//   x[n, p * strideHeight + i * dilationHeight - padTop,
//        q * strideWidth + j * dilationWidth - padLeft, c] * dy[n, p, q, k]
//
// x: (N, H, W, C), dy: (N, OH, OW, K), partials: (splits, KH * KW * C, K), to be
// added up by sum_rows; with one split it is the gradient itself.
//
// A thread owns GROUPS loads of x, each one or four neighbours of the filter's
// KH * KW * C rows, times 16 columns in named registers. Threads of a split are
// side by side: they walk over the same pixels.
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
    var left = 0;
    for (var q = 0u; q < params.outWidth; q++) {
      let pixel = line * params.outWidth + q;
      //@each c
      let dy$c = load_dy(pixel, column + $cu * 4u);
      //@end
      //@each g
      {
        let width = left + right$g;
        let inside = line_inside$g && width >= 0 && width < in_size.y;
        let at = select(0u, u32(base$g + width) * channels + channel$g, inside);
        let value = select(element(0.0), x[at], inside);
        //@each k
        {
          let scalar = vec4f(component(value, $ku));
          //@each c
          sum$g_$k_$c = fma(scalar, dy$c, sum$g_$k_$c);
          //@end
        }
        //@end
      }
      //@end
      left += i32(params.strideWidth);
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
