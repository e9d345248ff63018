// Writes nothing; the condition, never true, keeps the bindings in the layout.
@compute @workgroup_size(WORKGROUP_X)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.threads * WORKGROUP_X) { y[0] = vec4f(0.0); }
}
