// The part of pool_gradient.wgsl for maxima of windows that do not overlap. A
// thread owns one channel, or four, of a cell: the pixels from a window's corner
// to the next one's, whether or not a window begins there. Each is loaded once.
const LOWEST = -3.40282347e38;

@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  let channels = params.channels / VECTOR;
  let strides = vec2u(params.strideHeight, params.strideWidth);
  let size = vec2u(params.inHeight, params.inWidth);
  let pads = vec2u(params.padTop, params.padLeft);
  let cells = (size + pads + strides - 1u) / strides;
  let channel = index % channels;
  let column = index / channels % cells.y;
  let line = index / channels / cells.y;
  let cell = vec2u(line % cells.x, column);
  let image = line / cells.x;
  if (image >= params.batch) { return; }
  // Corners are places of the padded image.
  let corner = cell * strides;
  let begin = max(corner, pads) - pads;
  let cell_end = min(corner + strides - pads, size);
  let window = vec2u(params.windowHeight, params.windowWidth);
  let window_end = min(corner + window - pads, size);
  let base = image * size.x;

  var slope = element(0.0);
  var winner = place(0u);
  if (cell.x < params.outHeight && cell.y < params.outWidth) {
    slope = load_dy(((image * params.outHeight + cell.x) * params.outWidth + cell.y) * channels + channel);
    var highest = element(LOWEST);
    winner = place(begin.x * size.y + begin.y);
    for (var row = begin.x; row < window_end.x; row++) {
      for (var at = row * size.y + begin.y; at < row * size.y + window_end.y; at++) {
        let value = load_x((base * size.y + at) * channels + channel);
        winner = select(winner, place(at), value > highest);
        highest = max(highest, value);
      }
    }
  }
  for (var row = begin.x; row < cell_end.x; row++) {
    for (var at = row * size.y + begin.y; at < row * size.y + cell_end.y; at++) {
      dx[(base * size.y + at) * channels + channel] =
        select(element(0.0), slope, winner == place(at));
    }
  }
}
