// packed[tile, depth, lane] = filter[depth, tile * WIDTH + lane], and 0 past the
// last column.
//
// filter: (depth, columns) row-major, or where it is transposed in `places` blocks
// of (columns, depth / places), the last of which is the first of packed; packed:
// (column tiles, depth, WIDTH), as conv2d reads it.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  pack(linear_index(workgroup, workgroups, local));
}

// Where a row of a transposed filter begins: its first column's value.
fn start_of(row: u32, column: u32) -> u32 {
  let block = params.depth / params.places;
  let own = params.places - 1u - row / block;
  let place = params.firstPlace + own / params.placesPerLine * params.lineStep +
    own % params.placesPerLine * params.placeStep;
  return (place * params.columns + column) * block + row % block;
}

//@block scalar
// Each thread writes one value.
fn pack(index: u32) {
  let line = index / WIDTH;
  let row = line % params.depth;
  let column = line / params.depth * WIDTH + index % WIDTH;
  if (line >= params.depth * params.tiles) { return; }
  let inside = column < params.columns;
  let existing = min(column, params.columns - 1u);
  let at = select(row * params.columns + existing, start_of(row, existing), TRANSPOSED);
  store_packed(index, select(0.0, load_filter_values(at), inside));
}

//@block rows
// Each thread writes four columns of a row.
fn pack(index: u32) {
  let line = index / (WIDTH / 4u);
  let column = line / params.depth * WIDTH + index % (WIDTH / 4u) * 4u;
  if (line >= params.depth * params.tiles) { return; }
  let at = line % params.depth * params.columns + min(column, params.columns - 4u);
  store_packed(index, select(vec4f(0.0), load_filter_values(at / 4u), column < params.columns));
}

//@block blocks
// Each thread turns four columns of four rows around.
fn pack(index: u32) {
  let part = index % (WIDTH / 4u);
  let line = index / (WIDTH / 4u) * 4u;
  let column = line / params.depth * WIDTH + part * 4u;
  if (line >= params.depth * params.tiles) { return; }
  let row = line % params.depth;
  let block = transpose(mat4x4f(
    rows_of(row, column),
    rows_of(row, column + 1u),
    rows_of(row, column + 2u),
    rows_of(row, column + 3u),
  ));
  store_packed(line * (WIDTH / 4u) + part, block[0]);
  store_packed((line + 1u) * (WIDTH / 4u) + part, block[1]);
  store_packed((line + 2u) * (WIDTH / 4u) + part, block[2]);
  store_packed((line + 3u) * (WIDTH / 4u) + part, block[3]);
}

// Four rows of a column; zeros past the last.
fn rows_of(row: u32, column: u32) -> vec4f {
  let values = load_filter_values(start_of(row, min(column, params.columns - 1u)) / 4u);
  return select(vec4f(0.0), values, column < params.columns);
}
