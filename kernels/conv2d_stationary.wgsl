// y[m, n] = activation(bias[n] + sum over c of x[m, c] * w[c, n] (+ residual[m, n]))
//
// The product of conv2d.wgsl where windows are pixels and have few channels, in
// the same order of its sum and with the same layouts: a thread keeps the weights
// of all DEPTH * 4 input channels to VECTORS * 4 output channels, loads pixel
// after pixel and carries nothing from one to the next. Threads along x take
// neighbouring pixels.
@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) thread: vec3u,
) {
  //@each c
  let vector$c = group.x * VECTORS + $cu;
  let tile$c = vector$c / 4u * DEPTH * 16u + vector$c % 4u;
  let bias$c = load_bias(vector$c);
  //@each k
  //@each l
  let w$c_$k_$l = load_w(tile$c + $ku * 16u + $lu * 4u);
  //@end
  //@end
  //@end
  let column = group.x * VECTORS * 4u;
  let first = group.y * WORKGROUP_X * ROWS;
  let end = min(params.rows, first + WORKGROUP_X * ROWS);
  for (var row = first + thread.x; row < end; row += WORKGROUP_X) {
    //@each k
    let x$k = load_x(row * DEPTH + $ku);
    //@end
    let base = row * params.yStride + params.yOffset + column;
    //@each c
    {
      var sum = vec4f(0.0);
      //@each k
      //@each l
      sum = fma(vec4f(x$k[$l]), w$c_$k_$l, sum);
      //@end
      //@end
      //@each alone
      let value = sum + bias$c;
      //@end
      //@each summed
      let value = sum + bias$c + residual_of(row, column + $cu * 4u);
      //@end
      store(base + $cu * 4u, column + $cu * 4u, activate4(value));
    }
    //@end
  }
}
