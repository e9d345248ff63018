// dx[n, h, w, g*C + c] = sum over i, j and the channels k of group g of
//   dy[n, p, q, k] * weights[i, j, c, k], where
//   p = (h + padTop - i*dilationHeight) / strideHeight and
//   q = (w + padLeft - j*dilationWidth) / strideWidth
// are whole and lie in dy.
//
// dy (N, OH, OW, K = outChannels), weights (KH, KW, C, K), dx (N, H, W,
// inChannels = G*C).
//
// Pixels that leave the same remainder by the strides meet the same places of
// the window: threads along z take one such phase each. A thread owns PIXELS
// neighbours of a line of a phase times COLUMNS channels, all of one group, in
// named registers. Threads side by side take neighbouring channels.

@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let strides = vec2u(params.strideHeight, params.strideWidth);
  let in_size = vec2u(params.inHeight, params.inWidth);
  let out_size = vec2i(vec2u(params.outHeight, params.outWidth));
  let phase = vec2u(workgroup.z / strides.y, workgroup.z % strides.y);
  // Cells are the pixels of a phase.
  let cells = (in_size + strides - 1u) / strides;
  let index = linear_index(workgroup, workgroups, local);
  let tiles = params.inChannels / COLUMNS;
  let tile = index % tiles;
  let strip = index / tiles;
  let strips = (cells.y + PIXELS - 1u) / PIXELS;
  let line = strip / strips;
  if (line >= params.batch * cells.x) { return; }
  let first = (strip - line * strips) * PIXELS;
  let image = line / cells.x;
  let cell = line - image * cells.x;
  let depth = params.inChannels / params.groups;
  let vectors = params.outChannels / CHANNELS_PER_LOAD;
  let of_group = vectors / params.groups;
  let channel = tile * COLUMNS;
  let first_vector = channel / depth * of_group;
  let row = channel % depth;
  //@each p
  //@each c
  var sum$p_$c = 0.0;
  //@end
  //@end

  for (var i = 0u; i < params.windowHeight; i++) {
    let down = i32(phase.x + params.padTop) - i32(i * params.dilationHeight);
    if (down % i32(strides.x) != 0) { continue; }
    let height = i32(cell) + down / i32(strides.x);
    if (height < 0 || height >= out_size.x) { continue; }
    let base = (i32(image) * out_size.x + height) * out_size.y;
    for (var j = 0u; j < params.windowWidth; j++) {
      let right = i32(phase.y + params.padLeft) - i32(j * params.dilationWidth);
      if (right % i32(strides.y) != 0) { continue; }
      let shift = i32(first) + right / i32(strides.y);
      //@each p
      let inside$p = shift + $p >= 0 && shift + $p < out_size.y;
      let at$p = u32(base + clamp(shift + $p, 0, out_size.y - 1)) * vectors + first_vector;
      //@end
      let weight = ((i * params.windowWidth + j) * depth + row) * vectors + first_vector;
      for (var vector = 0u; vector < of_group; vector++) {
        //@each p
        let dy$p = select(element(0.0), load_dy(at$p + vector), inside$p);
        //@end
        //@each c
        {
          let w = load_weights(weight + $cu * vectors + vector);
          //@each p
          sum$p_$c = add_product(sum$p_$c, dy$p, w);
          //@end
        }
        //@end
      }
    }
  }

  let height = cell * strides.x + phase.x;
  if (height >= in_size.x) { return; }
  //@each p
  {
    let width = (first + $pu) * strides.y + phase.y;
    if (first + $pu < cells.y && width < in_size.y) {
      let at = ((image * in_size.x + height) * in_size.y + width) * params.inChannels + channel;
      //@each c
      dx[at + $cu] = sum$p_$c;
      //@end
    }
  }
  //@end
}

//@block scalar_loads
// The channels of a sum are loaded one at a time.
fn add_product(sum: f32, a: element, b: element) -> f32 { return fma(a, b, sum); }

//@block vector_loads
// The channels of a sum are loaded four at a time.
fn add_product(sum: f32, a: element, b: element) -> f32 {
  return fma(a.w, b.w, fma(a.z, b.z, fma(a.y, b.y, fma(a.x, b.x, sum))));
}
