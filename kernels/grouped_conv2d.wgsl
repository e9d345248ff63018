// Each group of output channels from its own group of input channels:
//
//   y[n, p, q, k] = act(bias[k] + sum over i, j, c of
//     x[n, p*strideHeight + i*dilationHeight - padTop,
//          q*strideWidth + j*dilationWidth - padLeft, g*C + c] * weights[i, j, c, k])
//
// where g = k / (K/G) is the group of channel k. x (batch, inHeight, inWidth,
// inChannels = G*C), weights (windowHeight, windowWidth, C, K = outChannels), bias
// (K). y has outHeight*outWidth pixels of yStride channels; those from yOffset on
// are written.
//
// A thread owns PIXELS neighbours of a line of y times COLUMNS loads of weights,
// all of one group, in named registers. Threads side by side take neighbouring
// channels of the same pixels.

// x at a pixel of a line (a row of an image of the batch), 0 beside it.
fn pixel(line: u32, column: i32, vector: u32) -> taken {
  // The clamped load keeps padding a select instead of a branch.
  let inside = column >= 0 && column < i32(params.inWidth);
  let clamped = u32(clamp(column, 0, i32(params.inWidth) - 1));
  let vectors = params.inChannels / CHANNELS_PER_LOAD;
  let value = load_x((line * params.inWidth + clamped) * vectors + vector);
  return select(taken(0.0), value, inside);
}

@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  let columns = params.outChannels / VECTOR;
  let tiles = columns / COLUMNS;
  let tile = index % tiles;
  let strip = index / tiles;
  let strips = (params.outWidth + PIXELS - 1u) / PIXELS;
  let row = strip / strips;
  if (row >= params.batch * params.outHeight) { return; }
  let first = (strip - row * strips) * PIXELS;
  let column = tile * COLUMNS;
  let depth = params.inChannels / params.groups;
  let first_vector = tile / (tiles / params.groups) * (depth / CHANNELS_PER_LOAD);
  let image = row / params.outHeight;
  let top = i32((row - image * params.outHeight) * params.strideHeight) - i32(params.padTop);
  let left = i32(first * params.strideWidth) - i32(params.padLeft);
  //@each c
  let start$c = load_bias(column + $cu);
  //@each p
  var sum$p_$c = start$c;
  //@end
  //@end

  for (var i = 0u; i < params.windowHeight; i++) {
    let height = top + i32(i * params.dilationHeight);
    if (height < 0 || height >= i32(params.inHeight)) { continue; }
    let line = image * params.inHeight + u32(height);
    //@each any
    for (var j = 0u; j < params.windowWidth; j++) {
      let right = left + i32(j * params.dilationWidth);
      var weight = (i * params.windowWidth + j) * depth * columns + column;
      for (var vector = 0u; vector < depth / CHANNELS_PER_LOAD; vector++) {
        //@each p
        let x$p = pixel(line, right + i32($pu * params.strideWidth), first_vector + vector);
        //@end
        //@each k
        {
          //@each c
          let w$c = load_weights(weight + $cu);
          //@end
          weight += columns;
          //@each p
          //@each c
          sum$p_$c = fma(element(component(x$p, $ku)), w$c, sum$p_$c);
          //@end
          //@end
        }
        //@end
      }
    }
    //@end
    //@each lines
    // Pixels side by side share most of what their three places see: compilers
    // load it once.
    let weight = i * 3u * depth * columns + column;
    for (var vector = 0u; vector < depth / CHANNELS_PER_LOAD; vector++) {
      //@each p
      //@each j
      let x$p_$j = pixel(line, left + i32($pu * STRIDE + $ju), first_vector + vector);
      //@end
      //@end
      //@each j
      //@each k
      {
        let row = $ju * depth + vector * CHANNELS_PER_LOAD + $ku;
        //@each c
        let w$c = load_weights(weight + row * columns + $cu);
        //@end
        //@each p
        //@each c
        sum$p_$c = fma(element(component(x$p_$j, $ku)), w$c, sum$p_$c);
        //@end
        //@end
      }
      //@end
      //@end
    }
    //@end
  }

  let stride = params.yStride / VECTOR;
  let at = (row * params.outWidth + first) * stride + params.yOffset / VECTOR + column;
  //@each p
  if (first + $pu < params.outWidth) {
    //@each c
    store_y(at + $pu * stride + $cu, activate_element(sum$p_$c));
    //@end
  }
  //@end
}

//@block scalar_loads
// Input channels are loaded one at a time.
alias taken = f32;
fn component(value: taken, index: u32) -> f32 { return value; }

//@block vector_loads
// Input channels are loaded four at a time.
alias taken = vec4f;
fn component(value: taken, index: u32) -> f32 { return value[index]; }
