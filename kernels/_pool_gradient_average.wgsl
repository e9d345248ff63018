fn share(window: Window) -> element {
  let count = places(window.top, params.windowHeight, params.inHeight) *
    places(window.left, params.windowWidth, params.inWidth);
  return load_dy(window.output) / count;
}
