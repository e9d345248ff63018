fn source(row: u32) -> u32 { return row; }
