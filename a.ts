const r = await fetch("https://registry.npmjs.org/@resvg/resvg-wasm/2.6.2");
const j = await r.json();
console.log(j.dist, j.license, j.main, j.exports, j.files);
