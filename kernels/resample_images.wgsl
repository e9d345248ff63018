// Pillow's resize of decoded photos, each of its own size, and a crop of it,
// into one batch: each line is resampled to whole numbers of 0 to 255 first,
// then the columns of these. Integers, so that every adapter gives its bytes.
//
// pixels: as resize_images.wgsl has them. windows: for a column, or a row, of y
// (first, count, weights), what it reads of a photo's columns, or rows, with
// weights in 1 / 2^22. table: for each entry (first word of its pixels, width,
// row of the batch, first word of the first pass's windows, words of each, first
// word of the second's, words of each, 1 if the first pass is along columns and
// not along rows); a width of 0 leaves the row alone. y (batch, outHeight,
// outWidth, 3). A thread owns ROWS pixels of a column of y, or of a row where the
// passes are the other way round, z the entry.

const HALF = vec3i(1 << 21u);

fn level(sum: vec3i) -> vec3i {
  return clamp(sum >> vec3u(22u), vec3i(0), vec3i(255));
}

@compute @workgroup_size(WORKGROUP_X, WORKGROUP_Y)
fn main(@builtin(global_invocation_id) thread: vec3u) {
  let top = thread.y * ROWS;
  let entry = thread.z * 8u;
  let first_word = load_table(entry);
  let width = load_table(entry + 1u);
  if (width == 0u) { return; }
  let turned = load_table(entry + 7u) == 1u;
  let sides = vec2u(params.outWidth, params.outHeight);
  let lengths = select(sides, sides.yx, turned);
  if (thread.x >= lengths.x || top >= lengths.y) { return; }
  // From one pixel to the next, and from one line to the next.
  let steps = select(vec2u(1u, width), vec2u(width, 1u), turned);
  let across = load_table(entry + 3u) + thread.x * load_table(entry + 4u);
  let left = load_windows(across) * steps.x;
  let taps = load_windows(across + 1u);
  let bottom = min(top + ROWS, lengths.y) - 1u;
  //@each r
  let down$r = load_table(entry + 5u) + min(top + $ru, bottom) * load_table(entry + 6u);
  let first$r = load_windows(down$r);
  let count$r = load_windows(down$r + 1u);
  var sum$r = HALF;
  //@end
  let last = load_table(entry + 5u) + bottom * load_table(entry + 6u);
  let end = load_windows(last) + load_windows(last + 1u);
  for (var line = first0; line < end; line++) {
    var sum = HALF;
    let pixel = line * steps.y + left;
    for (var tap = 0u; tap < taps; tap++) {
      sum += vec3i(color(first_word, pixel + tap * steps.x)) *
        bitcast<i32>(load_windows(across + 2u + tap));
    }
    let value = level(sum);
    //@each r
    if (line - first$r < count$r) {
      sum$r += value * bitcast<i32>(load_windows(down$r + 2u + line - first$r));
    }
    //@end
  }
  let first = load_table(entry + 2u) * params.outHeight;
  //@each r
  if (top + $ru <= bottom) {
    let value = vec3f(level(sum$r));
    let place = vec2u(thread.x, top + $ru);
    let pixel = select(place, place.yx, turned);
    let at = ((first + pixel.y) * params.outWidth + pixel.x) * 3u;
    y[at] = value.x;
    y[at + 1u] = value.y;
    y[at + 2u] = value.z;
  }
  //@end
}
