// Both are textures in lines of 4096 texels.
fn load_x(index: u32) -> elem { return textureLoad(x, vec2u(index % 4096u, index / 4096u)); }
fn load_w(index: u32) -> vec4f { return textureLoad(w, vec2u(index % 4096u, index / 4096u)); }
