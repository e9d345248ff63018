// y = x with a border of `value`:
//
//   y[n, h, w, c] = x[n - beforeBatch, h - beforeHeight, w - beforeWidth, c - beforeChannels]
//
// where that lies in x (inBatch, inHeight, inWidth, inChannels), else `value`;
// y (outBatch, outHeight, outWidth, outChannels). A thread owns one value of a
// row of y, whose pixels and channels are one axis for it.
@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) thread: vec3u) {
  let line = params.outWidth * params.outChannels;
  if (thread.x >= line) { return; }
  let pixel = thread.x / params.outChannels;
  // Left of x the subtraction wraps around: one comparison finds both sides. A
  // negative border arrives wrapped around, and its subtraction adds.
  let batch = thread.z - params.beforeBatch;
  let height = thread.y - params.beforeHeight;
  let width = pixel - params.beforeWidth;
  let channel = thread.x - pixel * params.outChannels - params.beforeChannels;
  var result = params.value;
  if (batch < params.inBatch && height < params.inHeight &&
      width < params.inWidth && channel < params.inChannels) {
    let row = (batch * params.inHeight + height) * params.inWidth + width;
    result = load_x(row * params.inChannels + channel);
  }
  store_y((thread.z * params.outHeight + thread.y) * line + thread.x, result);
}
