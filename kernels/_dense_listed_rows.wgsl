fn source(row: u32) -> u32 { return u32(places[counter[0] * params.placeStride + row]); }
