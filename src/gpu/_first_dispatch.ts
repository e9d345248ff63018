/**
 * The first dispatch of a pipeline, of no workgroups, for one driver's sake.
 *
 * Lavapipe (Mesa's software Vulkan, `lvp_execute.c`) writes the values of
 * uniforms that bound loops into the shader when it is first dispatched, and
 * goes on doing so, compiling anew at every dispatch, if that shrank the shader
 * or unrolled a loop of up to 32 rounds: a step of training then took 60 ms
 * instead of 0.1. What it finds here leaves every loop as it is, and it gives
 * up for good.
 */

/** Larger than any loop that is unrolled. */
const endless = 0xffffffff;

const paramBytes = 256;

export function dispatchNothing(
  device: GPUDevice,
  { pipeline, layout, entries }: {
    pipeline: GPUComputePipeline;
    layout: GPUBindGroupLayout;
    entries: readonly GPUBindGroupLayoutEntry[];
  },
): void {
  const { STORAGE, UNIFORM, COPY_DST } = GPUBufferUsage;
  const owned: (GPUBuffer | GPUTexture)[] = [];
  const buffer = (usage: number) => {
    const made = device.createBuffer({ size: paramBytes, usage });
    owned.push(made);
    return made;
  };
  const params = buffer(UNIFORM | COPY_DST);
  const endlessParams = new Uint32Array(paramBytes / 4).fill(endless);
  device.queue.writeBuffer(params, 0, endlessParams);
  const texture = (format: GPUTextureFormat) => {
    const made = device.createTexture({
      size: [1, 1],
      format,
      usage: GPUTextureUsage.STORAGE_BINDING,
    });
    owned.push(made);
    return made;
  };
  const bindGroup = device.createBindGroup({
    layout,
    entries: entries.map(({ binding, storageTexture }) => ({
      binding,
      resource: storageTexture
        ? texture(storageTexture.format).createView()
        : { buffer: binding === 0 ? params : buffer(STORAGE) },
    })),
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup, [0]);
  pass.dispatchWorkgroups(0, 1, 1);
  pass.end();
  device.queue.submit([encoder.finish()]);
  for (const resource of owned) resource.destroy();
}
