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
  dx[index] = sum;
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
