fn centered(index: u32, channel: u32, deviation: element) -> element {
  let z = (x[index] - mean[channel]) / deviation;
  return dy[index] - (dbeta[channel] + z * dgamma[channel]) / f32(params.rows);
}
