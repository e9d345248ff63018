// y[image(t), top(t) + i, left(t) + j, n] =
//   activation(bias[n] + sum over k, l of Av[i, k] * Ah[j, l] * m[k, l, t, n])
//
// The output transform of Winograd's convolution: Av and Ah are Cook-Toom's output
// matrices of the two axes, in winograd.ts; t runs over the tiles of outputs of
// some images, row by row; what lies beyond an image is left out. m: (frequencies,
// tiles, channels). y: (N, OH, OW) rows of `yStride` channels, of which `yOffset`
// onwards are written. bias: (channels), or more. With a residual, (N, OH, OW,
// channels), it is added before the activation.
//
// A thread transforms four channels of a tile in registers, rows first.
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
  let top = tile % area / params.tileColumns * OUT_HEIGHT;
  let left = tile % params.tileColumns * OUT_WIDTH;
  let bias_of = load_bias(channel);
  //@each k
  //@each l
  let m$k_$l = load_m(($ku * IN_WIDTH + $lu) * stride + index);
  //@end
  //@each j
  let across$k_$j = horizontal_$j(
    //@each l
    m$k_$l,
    //@end
  );
  //@end
  //@end
  //@each i
  //@each j
  if (top + $iu < params.outHeight && left + $ju < params.outWidth) {
    let pixel = (image * params.outHeight + top + $iu) * params.outWidth + left + $ju;
    let at = (pixel * params.yStride + params.yOffset) / 4u + channel;
    var sum = bias_of + vertical_$i(
      //@each k
      across$k_$j,
      //@end
    );
    //@each summed
    sum += load_residual(pixel * params.channelVectors + channel);
    //@end
    store_y(at, activate4(sum));
  }
  //@end
  //@end
}
