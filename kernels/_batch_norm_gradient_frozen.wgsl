fn centered(index: u32, channel: u32, deviation: element) -> element {
  return dy[index];
}
