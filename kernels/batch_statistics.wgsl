// mean, variance: of all rows, joined from those of the splits (Chan, Golub and
// LeVeque 1983, formula 2.1), the variance divided by the count of rows;
// moving_mean += share * (mean - moving_mean), and
// moving_variance += share * (variance * correction - moving_variance),
// where share is 1 / step, the mean of all steps, until that is less than
// params.share; step = start[0] + counter[0] + 1.
//
// means, deviations: (splits, channels); the others: (channels). A thread owns
// a channel.
@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) thread: vec3u) {
  let channel = thread.x;
  // Read before any branch: there all lanes need the same value, which is cheap.
  let share = max(params.share, 1.0 / f32(start[0] + counter[0] + 1u));
  if (channel >= params.channels) { return; }
  var count = 0.0;
  var joined = 0.0;
  var squares = 0.0;
  var at = channel;
  for (var first = 0u; first < params.rows; first += params.rowsPerSplit) {
    let others = f32(min(params.rowsPerSplit, params.rows - first));
    let difference = load_means(at) - joined;
    let all = count + others;
    joined += difference * (others / all);
    squares += load_deviations(at) + difference * difference * (count * others / all);
    count = all;
    at += params.channels;
  }
  let deviation = squares / count;
  mean[channel] = joined;
  variance[channel] = deviation;
  moving_mean[channel] += share * (joined - moving_mean[channel]);
  moving_variance[channel] +=
    share * (deviation * params.correction - moving_variance[channel]);
}
