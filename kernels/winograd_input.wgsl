// u[i, j, t, c] = sum over k, l of Bv[i, k] * Bh[j, l] * x[image(t), top(t) + k, left(t) + l, c]
//
// The input transform of Winograd's convolution: Bv and Bh are Cook-Toom's input
// matrices of the two axes, in winograd.ts; t runs over the tiles of outputs of
// some images, row by row. x: (N, H, W, C), zero in the padding; u: (frequencies,
// tiles, C).
//
// A thread transforms four channels of a tile in registers, columns first.
// Neighbouring threads take neighbouring channels: their stores lie side by side.
fn element(image: u32, source: vec2i, channel: u32) -> vec4f {
  let in_size = vec2i(vec2u(params.inHeight, params.inWidth));
  let inside = all(source >= vec2i(0)) && all(source < in_size);
  let pixel = (i32(image * params.inHeight) + source.x) * in_size.y + source.y;
  let at = u32(pixel) * params.channelVectors + channel;
  return select(vec4f(0.0), load_x(select(0u, at, inside)), inside);
}

@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local_index: u32,
) {
  let index = linear_index(workgroup, workgroups, local_index);
  let area = params.tileRows * params.tileColumns;
  let stride = params.images * area * params.channelVectors;
  if (index >= stride) { return; }
  let channel = index % params.channelVectors;
  let tile = index / params.channelVectors;
  let image = params.firstImage + tile / area;
  let origin = vec2i(vec2u(
    tile % area / params.tileColumns * OUT_HEIGHT,
    tile % params.tileColumns * OUT_WIDTH,
  )) - vec2i(vec2u(params.padTop, params.padLeft));
  //@each j
  //@each i
  let x$i_$j = element(image, origin + vec2i($i, $j), channel);
  //@end
  //@each i
  let down$i_$j = vertical_$i(
    //@each k
    x$k_$j,
    //@end
  );
  //@end
  //@end
  //@each i
  //@each j
  store_u(($iu * IN_WIDTH + $ju) * stride + index, horizontal_$j(
    //@each l
    down$i_$l,
    //@end
  ));
  //@end
  //@end
}
