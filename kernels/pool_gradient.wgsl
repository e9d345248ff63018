// The slope of a pool's output, handed to the pixels of its windows.
//
// Average: dx[n, h, w, c] = sum over the windows that hold the pixel of
//   dy[n, p, q, c] / places of the window in the image.
// Maximum: dx[n, h, w, c] = sum over the windows whose first maximum the pixel
//   is, row by row, of dy[n, p, q, c]: TensorFlow's rule for ties.
//
// Where x is what an activation made, times its slope there, of a maximum alone.
//
// x, dx (batch, inHeight, inWidth, channels), y (the pool's output), dy (batch,
// outHeight, outWidth, channels). `element` is one channel or four.

//@block disjoint
// The part of pool_gradient.wgsl for maxima of windows that do not overlap. A
// thread owns one channel, or four, of a cell: the pixels from a window's corner
// to the next one's, whether or not a window begins there. Each is loaded once.
const LOWEST = -3.402823466e+38;

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
    //@each sloped
    slope = sloped(highest, slope);
    //@end
  }
  for (var row = begin.x; row < cell_end.x; row++) {
    for (var at = row * size.y + begin.y; at < row * size.y + cell_end.y; at++) {
      store_dx((base * size.y + at) * channels + channel, select(element(0.0), slope, winner == place(at)));
    }
  }
}

//@block overlapping
// The part of pool_gradient.wgsl for any windows: a thread owns one element of
// dx, so that no two threads add to the same one.

// How many of `window` places from `start` on lie in 0..size.
fn places(start: i32, window: u32, size: u32) -> f32 {
  return f32(min(start + i32(window), i32(size)) - max(start, 0));
}

// The windows along one axis that hold a place of the padded image: from x to y, without y.
fn windows(place: u32, window: u32, stride: u32, count: u32) -> vec2u {
  let before = max(place + 1u, window) - window;
  return vec2u((before + stride - 1u) / stride, min(place / stride + 1u, count));
}

@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  let channels = params.channels / VECTOR;
  let pixel = index / channels;
  if (pixel >= params.batch * params.inHeight * params.inWidth) { return; }
  let channel = index % channels;
  let column = pixel % params.inWidth;
  let line = pixel / params.inWidth;
  let row = line % params.inHeight;
  let image = line / params.inHeight;
  let down = windows(row + params.padTop, params.windowHeight, params.strideHeight, params.outHeight);
  let right = windows(column + params.padLeft, params.windowWidth, params.strideWidth, params.outWidth);
  var sum = element(0.0);
  for (var p = down.x; p < down.y; p++) {
    let top = i32(p * params.strideHeight) - i32(params.padTop);
    for (var q = right.x; q < right.y; q++) {
      let left = i32(q * params.strideWidth) - i32(params.padLeft);
      let output = ((image * params.outHeight + p) * params.outWidth + q) * channels + channel;
      sum += share(Window(image, row, column, channel, top, left, output));
    }
  }
  //@each sloped
  store_dx(index, sloped(load_x(index), sum));
  //@end
  //@each plain
  store_dx(index, sum);
  //@end
}

// A pixel (image, row, column, channel), the corner of a window that holds it,
// and where the window's output is.
struct Window {
  image: u32,
  row: u32,
  column: u32,
  channel: u32,
  top: i32,
  left: i32,
  output: u32,
}

//@block average
fn share(window: Window) -> element {
  let count = places(window.top, params.windowHeight, params.inHeight) *
    places(window.left, params.windowWidth, params.inWidth);
  return load_dy(window.output) / count;
}

//@block max
fn share(window: Window) -> element {
  let channels = params.channels / VECTOR;
  let line = window.image * params.inHeight;
  let highest = load_y(window.output);
  let own = ((line + window.row) * params.inWidth + window.column) * channels;
  var first = load_x(own + window.channel) == highest;
  if (!any(first)) { return element(0.0); }
  let left = u32(max(window.left, 0));
  let right = min(u32(window.left + i32(params.windowWidth)), params.inWidth);
  // Whoever comes earlier in the window and is as high takes all.
  for (var row = u32(max(window.top, 0)); row <= window.row; row++) {
    let end = select(right, window.column, row == window.row);
    for (var column = left; column < end; column++) {
      let at = ((line + row) * params.inWidth + column) * channels;
      first = first & (load_x(at + window.channel) != highest);
    }
  }
  return select(element(0.0), load_dy(window.output), first);
}
