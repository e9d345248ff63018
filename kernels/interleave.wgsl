// dx[n, h, w, c] = phase(h % strideHeight, w % strideWidth)[n, h / strideHeight,
// w / strideWidth, c], and 0 where there is no such phase.
//
// A phase (a, b): (N, rows h with h % strideHeight == a, columns w with
// w % strideWidth == b, C); dx: (N, H, W, C). A thread owns one element of
// channels of a cell: the pixels from one of the first phase's to the next.

// Where the thread's element is in a phase.
fn place_in(phase: vec2u, cell: vec2u, image: u32) -> u32 {
  let strides = vec2u(params.strideHeight, params.strideWidth);
  let size = (vec2u(params.height, params.width) - phase + strides - 1u) / strides;
  return (image * size.x + cell.x) * size.y + cell.y;
}

@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  let channels = params.channels / VECTOR;
  let size = vec2u(params.height, params.width);
  let strides = vec2u(params.strideHeight, params.strideWidth);
  let cells = (size + strides - 1u) / strides;
  let channel = index % channels;
  let line = index / channels / cells.y;
  let cell = vec2u(line % cells.x, index / channels % cells.y);
  let image = line / cells.x;
  if (image >= params.batch) { return; }
  let corner = cell * strides;
  //@each a
  //@each b
  if (all(corner + vec2u($au, $bu) < size)) {
    let at = place_in(vec2u($au, $bu), cell, image) * channels + channel;
    let pixel = (image * size.x + corner.x + $au) * size.y + corner.y + $bu;
    store_dx(pixel * channels + channel, phase_$a_$b(at));
  }
  //@end
  //@end
}
