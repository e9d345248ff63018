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
