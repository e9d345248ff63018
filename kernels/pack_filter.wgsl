// packed[tile, depth, lane] = filter[depth, tile * WIDTH + lane], and 0 past the
// last column.
//
// filter: (depth, columns) row-major, or (columns, depth) where it is transposed;
// packed: (column tiles, depth, WIDTH), as conv2d reads it. Each thread writes
// one value.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  let line = index / WIDTH;
  let row = line % params.depth;
  let column = line / params.depth * WIDTH + index % WIDTH;
  if (line >= params.depth * params.tiles) { return; }
  let inside = column < params.columns;
  let at = row * params.rowStride + min(column, params.columns - 1u) * params.columnStride;
  packed[index] = select(0.0, filter_values[at], inside);
}
