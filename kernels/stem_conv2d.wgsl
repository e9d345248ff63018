// y[n, i, j, c] = activation(bias[c] + sum over k, l, d of
//   x[n, i * strideHeight + k, j * strideWidth + l, d] * w[k, l, d, c])
//
// The first convolution of a network, over pictures of up to three channels that
// lie within their border: x (batch, laidHeight, laidWidth, 4), of each pixel of
// which CHANNELS are read, as stem_pixels.wgsl lays it. y: rows of `yStride`
// channels, of which `yOffset` onwards are written. w: packed by packFilter() to
// (column tiles, KH * KW * CHANNELS, 16), bias: (column tiles * 16).
//
// Nothing asks where a picture ends. A thread goes down LINES rows of y and owns
// PIXELS neighbouring pixels of each times 16 channels. Where the window is small
// it loads the filter once: on a CPU it is then an operand in memory of each
// product, and what is loaded in a row are pixels alone.

//@block whole
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) thread: vec3u,
) {
  let tile = group.x % params.columnTiles;
  let column = group.x / params.columnTiles * WORKGROUP_X + thread.x;
  if (column >= params.outWidth) { return; }
  let first_weight = tile * WINDOW_HEIGHT * WINDOW_WIDTH * CHANNELS * 4u;
  //@each i
  //@each j
  //@each k
  //@each g
  //@each h
  let w$i_$j_$k_$g_$h = load_w(
    first_weight + (($iu * WINDOW_WIDTH + $ju) * CHANNELS + $ku) * 4u + $gu * 2u + $hu,
  );
  //@end
  //@end
  //@end
  //@end
  //@end
  //@each g
  //@each h
  let bias$g_$h = load_bias(tile * 4u + $gu * 2u + $hu);
  //@end
  //@end
  let end = min((group.y + 1u) * LINES, params.outHeight);
  for (var row = group.y * LINES; row < end; row++) {
    let top = group.z * params.laidHeight + row * params.strideHeight;
    //@each i
    let line$i = (top + $iu) * params.laidWidth + column * params.strideWidth;
    //@each j
    let x$i_$j = load_x(line$i + $ju);
    //@end
    //@end
    let pixel = (group.z * params.outHeight + row) * params.outWidth + column;
    let base = pixel * params.yStride + params.yOffset + tile * 16u;
    // Eight channels at a time: so many sums stay in registers.
    //@each g
    //@each h
    var sum$g_$h = vec4f(0.0);
    //@end
    //@each i
    //@each j
    //@each k
    //@each h
    sum$g_$h = fma(vec4f(x$i_$j[$k]), w$i_$j_$k_$g_$h, sum$g_$h);
    //@end
    //@end
    //@end
    //@end
    //@each h
    store(base, tile * 16u, $gu * 8u + $hu * 4u, activate4(sum$g_$h + bias$g_$h));
    //@end
    //@end
  }
}

//@block by_place
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) thread: vec3u,
) {
  let tile = group.x % params.columnTiles;
  let column = (group.x / params.columnTiles * WORKGROUP_X + thread.x) * PIXELS;
  if (column >= params.outWidth) { return; }
  //@each c
  let bias$c = load_bias(tile * 4u + $cu);
  //@end
  let end = min((group.y + 1u) * LINES, params.outHeight);
  for (var row = group.y * LINES; row < end; row++) {
    let top = group.z * params.laidHeight + row * params.strideHeight;
    let corner = top * params.laidWidth + column * params.strideWidth;
    //@each r
    //@each c
    var sum$r_$c = vec4f(0.0);
    //@end
    //@end
    var next_weight = tile * WINDOW_HEIGHT * WINDOW_WIDTH * CHANNELS * 4u;
    for (var i = 0u; i < WINDOW_HEIGHT; i++) {
      for (var j = 0u; j < WINDOW_WIDTH; j++) {
        let place = corner + i * params.laidWidth + j;
        //@each r
        let x$r = load_x(place + $ru * params.strideWidth);
        //@end
        //@each c
        {
          //@each k
          let w$k = load_w(next_weight + $ku * 4u + $cu);
          //@end
          //@each r
          //@each k
          sum$r_$c = fma(vec4f(x$r[$k]), w$k, sum$r_$c);
          //@end
          //@end
        }
        //@end
        next_weight += CHANNELS * 4u;
      }
    }
    let pixel = (group.z * params.outHeight + row) * params.outWidth + column;
    let base = pixel * params.yStride + params.yOffset + tile * 16u;
    //@each r
    if (column + $ru < params.outWidth) {
      //@each c
      store(
        base + $ru * params.yStride, tile * 16u, $cu * 4u,
        activate4(sum$r_$c + bias$c),
      );
      //@end
    }
    //@end
  }
}

//@block store
fn store(base: u32, first: u32, channel: u32, value: vec4f) {
  if (first + channel < params.outChannels) { store_y((base + channel) / 4u, value); }
}
