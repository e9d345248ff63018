// @ts-self-types="./_resvg.d.ts"

// Compiled by the module loader, as the codecs of src/image/_wasm.js are and for the same reasons.

import source resvg from "./resvg/index_bg.wasm";

export { resvg };
export { initWasm, Resvg } from "./resvg/index.mjs";
