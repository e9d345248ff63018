// y[t] = sum over a of the accumulator a of thread t after `iterations` times
// UNROLL multiply-adds each: registers only, so that nothing but the ALU binds.
// y: (threads). `real` is the accumulators' type, chosen by the variant
// with the horizontal_sum() of one. Factor
// and addend come from the uniforms, or the compiler would do the sum itself.
@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let factor = real(scalar(params.factor));
  let addend = real(scalar(params.addend));
  //@each a
  var sum$a = real(scalar(f32(id.x % 8u + $au)));
  //@end
  for (var iteration = 0u; iteration < params.iterations; iteration++) {
    //@each u
    //@each a
    sum$a = fma(sum$a, factor, addend);
    //@end
    //@end
  }
  var total = real(scalar(0.0));
  //@each a
  total += sum$a;
  //@end
  y[id.x] = f32(horizontal_sum(total));
}
