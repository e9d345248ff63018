// @ts-self-types="./_resvg.d.ts"

// Compiled by the module loader, as the codecs of src/image/_wasm.js are and for the same reasons.

import source resvg from "@resvg/resvg-wasm/index_bg.wasm";

export { resvg };
