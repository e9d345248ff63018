// partials[s, i, j, c, k] = sum over the lines (n, p) of split s and over q of
//   x[n, p*strideHeight + i*dilationHeight - padTop,
//        q*strideWidth + j*dilationWidth - padLeft, g*C + c] * dy[n, p, q, k]
//
// where g = k / (K/G) is the group of channel k. x (N, H, W, inChannels = G*C), dy
// (N, OH, OW, K = outChannels), partials (splits, KH * KW * C, K), to be added up by
// sum_rows; with one split it is the gradient itself.
//
// A thread owns ROWS loads of x, each one or four neighbours of the filter's
// KH * KW * C rows, times COLUMNS loads of dy, all of one group, in named
// registers, and takes PIXELS of a line at a time. Threads of a split are side by
// side: they walk over the same pixels.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  let columns = params.outChannels / VECTOR;
  let vectors = params.inChannels / CHANNELS_PER_LOAD;
  let of_group = vectors / params.groups;
  let depth_tiles = params.windowHeight * params.windowWidth * of_group / ROWS;
  let column_tiles = columns / COLUMNS;
  let split = index / (depth_tiles * column_tiles);
  if (split >= params.splits) { return; }
  let tile = index % (depth_tiles * column_tiles);
  let column = tile % column_tiles * COLUMNS;
  let first = tile / column_tiles * ROWS;
  let first_vector = column / (columns / params.groups) * of_group;
  let in_size = vec2i(vec2u(params.inHeight, params.inWidth));
  //@each g
  let place$g = (first + $gu) / of_group;
  let vector$g = first_vector + (first + $gu) % of_group;
  let down$g = i32(place$g / params.windowWidth * params.dilationHeight) - i32(params.padTop);
  let right$g = i32(place$g % params.windowWidth * params.dilationWidth) - i32(params.padLeft);
  //@each k
  //@each c
  var sum$g_$k_$c = element(0.0);
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
      let slopes$p = (line * params.outWidth + min(q + $pu, params.outWidth - 1u)) * columns + column;
      //@each c
      let dy$p_$c = load_dy(slopes$p + $cu);
      //@end
      //@end
      // A sum that has left its register comes back once for all its products.
      //@each g
      {
        //@each p
        let width$p = left$p + right$g;
        let inside$p = exists$p && line_inside$g && width$p >= 0 && width$p < in_size.y;
        let at$p = select(0u, u32(base$g + width$p) * vectors + vector$g, inside$p);
        let value$p = select(taken(0.0), load_x(at$p), inside$p);
        //@end
        //@each k
        //@each c
        //@each p
        sum$g_$k_$c = fma(element(component(value$p, $ku)), dy$p_$c, sum$g_$k_$c);
        //@end
        //@end
        //@end
      }
      //@end
    }
  }

  let depth = depth_tiles * ROWS * CHANNELS_PER_LOAD;
  //@each g
  //@each k
  {
    let row = split * depth + (first + $gu) * CHANNELS_PER_LOAD + $ku;
    //@each c
    partials[row * columns + column + $cu] = sum$g_$k_$c;
    //@end
  }
  //@end
  //@end
}
