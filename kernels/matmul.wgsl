// y[s, m, n] = sum over the k of split s of A[m, k] * B[k, n]
//
// A is a: (rows, depth), or with TRANSPOSE_A its transpose (depth, rows); B is
// b: (depth, columns), or with TRANSPOSE_B (columns, depth). y: (splits, rows,
// columns), to be added up by sum_rows where there is more than one.
//
// A thread owns 8 rows times 16 columns in named registers, and takes four k at
// a time. Four values that are neighbours in memory are loaded at once; where
// they run along the wrong axis, a 4x4 block is turned around in registers.
@compute @workgroup_size(WORKGROUP_X)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = linear_index(workgroup, workgroups, local);
  let row_tiles = (params.rows + 7u) / 8u;
  let tiles = row_tiles * ((params.columns + 15u) / 16u);
  let split = index / tiles;
  if (split >= params.splits) { return; }
  let tile = index % tiles;
  let row = tile % row_tiles * 8u;
  let column = tile / row_tiles * 16u;
  //@each g
  //@each r
  //@each c
  var sum$g_$r_$c = vec4f(0.0);
  //@end
  //@end
  //@end

  let end = min((split + 1u) * params.depthPerSplit, params.depth);
  for (var k = split * params.depthPerSplit; k < end; k += 4u) {
    //@each c
    let b$c = tile_of_b(k, column + $cu * 4u);
    //@end
    //@each g
    {
      let a = tile_of_a(row + $gu * 4u, k, end);
      //@each i
      //@each r
      {
        let scalar = vec4f(a[$i][$r]);
        //@each c
        sum$g_$r_$c = fma(scalar, b$c[$i], sum$g_$r_$c);
        //@end
      }
      //@end
      //@end
    }
    //@end
  }

  let start = split * params.rows;
  //@each g
  //@each r
  if (row + $gu * 4u + $ru < params.rows) {
    let base = (start + row + $gu * 4u + $ru) * params.columns;
    //@each c
    store(base, column + $cu * 4u, sum$g_$r_$c);
    //@end
  }
  //@end
  //@end
}

// Rows `row` to `row + 3` of A at k to k + 3, a column for each k; zero from `end` on.
fn tile_of_a(row: u32, k: u32, end: u32) -> mat4x4f {
  var tile: mat4x4f;
  if (TRANSPOSE_A) {
    tile = mat4x4f(
      a_at(k, row, params.depth, params.rows),
      a_at(k + 1u, row, params.depth, params.rows),
      a_at(k + 2u, row, params.depth, params.rows),
      a_at(k + 3u, row, params.depth, params.rows),
    );
  } else {
    tile = transpose(mat4x4f(
      a_at(row, k, params.rows, params.depth),
      a_at(row + 1u, k, params.rows, params.depth),
      a_at(row + 2u, k, params.rows, params.depth),
      a_at(row + 3u, k, params.rows, params.depth),
    ));
  }
  if (k + 4u > end) {
    // What is past the end may be no number: it is left out, not multiplied by zero.
    let zero = vec4f(0.0);
    tile = mat4x4f(
      tile[0],
      select(zero, tile[1], k + 1u < end),
      select(zero, tile[2], k + 2u < end),
      zero,
    );
  }
  return tile;
}

// B at k to k + 3 and `column` to `column + 3`, a column of the tile for each k.
fn tile_of_b(k: u32, column: u32) -> mat4x4f {
  var tile: mat4x4f;
  if (TRANSPOSE_B) {
    tile = transpose(mat4x4f(
      b_at(column, k, params.columns, params.depth),
      b_at(column + 1u, k, params.columns, params.depth),
      b_at(column + 2u, k, params.columns, params.depth),
      b_at(column + 3u, k, params.columns, params.depth),
    ));
  } else {
    tile = mat4x4f(
      b_at(k, column, params.depth, params.columns),
      b_at(k + 1u, column, params.depth, params.columns),
      b_at(k + 2u, column, params.depth, params.columns),
      b_at(k + 3u, column, params.depth, params.columns),
    );
  }
  return tile;
}

fn store(base: u32, column: u32, value: vec4f) {
  for (var lane = 0u; lane < 4u; lane++) {
    if (column + lane < params.columns) { y[base + column + lane] = value[lane]; }
  }
}
