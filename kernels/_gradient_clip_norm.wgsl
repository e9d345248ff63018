// By norm: all gradients are multiplied by the factor that gradient_norm found.
fn clipped(value: element) -> element { return value * norm[1]; }
