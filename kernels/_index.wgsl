// The index of this thread among all threads of a dispatch made with
// linearGroups(): workgroups run along x and spill into y.
fn linear_index(
  workgroup: vec3u,
  workgroups: vec3u,
  local_index: u32,
) -> u32 {
  return (workgroup.y * workgroups.x + workgroup.x) * WORKGROUP_X + local_index;
}
