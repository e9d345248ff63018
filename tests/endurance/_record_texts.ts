/** Loaded before tests: appends every shader's text to the file that `RECORDED_TEXTS` names, a line of JSON each. */
const path = Deno.env.get("RECORDED_TEXTS");
const seen = new Set<string>();
const create = GPUDevice.prototype.createShaderModule;
GPUDevice.prototype.createShaderModule = function (descriptor) {
  const { label = "", code } = descriptor;
  if (path !== undefined && !seen.has(code)) {
    seen.add(code);
    const line = `${JSON.stringify({ label, code })}\n`;
    Deno.writeTextFileSync(path, line, { append: true });
  }
  return create.call(this, descriptor);
};
