// packed[tile, depth, lane] = filter[depth, tile * WIDTH + lane], and 0 past the
// last column.
//
// filter: (depth, columns) row-major, or where it is TRANSPOSED in `places` blocks
// of (columns, depth / places), the last of which is the first of packed; packed:
// (column tiles, depth, WIDTH), as conv2d reads it. Each thread writes one value.
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
  let existing = min(column, params.columns - 1u);
  var at = row * params.columns + existing;
  if (TRANSPOSED) {
    let block = params.depth / params.places;
    let place = params.places - 1u - row / block;
    at = (place * params.columns + existing) * block + row % block;
  }
  packed[index] = select(0.0, filter_values[at], inside);
}
