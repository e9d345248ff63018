/**
 * Runs kernels that exist for the benchmark alone, and so in no program.
 *
 * @module
 */
import {
  type BufferData,
  encodeParams,
  type Kernel,
  type ParamsOf,
  type ParamTable,
  wgslOf,
} from "../kernels/kernel.ts";
import type { Variant } from "../kernels/program.ts";
import type { Submit } from "./dispatch_time.ts";

/** What a kernel runs on. */
export interface Launch<Table extends ParamTable, V> {
  /** Values of its uniform struct. */
  readonly params: ParamsOf<Table>;
  /** What specialises it. */
  readonly variant: V;
  /** Bytes of each buffer, its reads before its writes. */
  readonly bufferBytes: readonly number[];
  /** What its reads hold [zeros]. */
  readonly contents?: readonly BufferData[];
  /** WGSL extensions to enable, such as `f16`. */
  readonly extensions?: readonly string[];
}

/** A kernel that is ready to be dispatched. */
export interface Launchable {
  /** Dispatches it and waits. */
  readonly submit: Submit;
  /** What its last buffer holds. */
  read(): Promise<Float32Array>;
  /** Frees its buffers. */
  close(): void;
}

/**
 * Compiles a kernel and makes its buffers, all zero.
 *
 * @throws {Error} if its WGSL is wrong.
 */
export async function launch<
  Table extends ParamTable,
  V extends Variant,
>(
  device: GPUDevice,
  kernel: Kernel<Table, V>,
  call: Launch<Table, V>,
): Promise<Launchable> {
  const { params, variant, bufferBytes, contents = [], extensions = [] } = call;
  const { UNIFORM, STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
  const pipeline = await compile(device, kernel, { variant, extensions });
  const encoded = encodeParams(kernel, params);
  const uniforms = device.createBuffer({
    size: encoded.byteLength,
    usage: UNIFORM | COPY_DST,
  });
  device.queue.writeBuffer(uniforms, 0, encoded);
  const usage = STORAGE | COPY_SRC | COPY_DST;
  const buffers = bufferBytes.map((size) =>
    device.createBuffer({ size, usage })
  );
  for (const [index, data] of contents.entries()) {
    device.queue.writeBuffer(buffers[index], 0, data.slice());
  }
  const bindGroup = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [uniforms, ...buffers].map((buffer, binding) => ({
      binding,
      resource: { buffer },
    })),
  });
  const groups = kernel.groups(params, variant);
  return {
    async submit(count) {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindGroup);
      for (let n = 0; n < count; n++) pass.dispatchWorkgroups(...groups);
      pass.end();
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
    },
    read: () => readBuffer(device, buffers[buffers.length - 1]),
    close() {
      for (const buffer of [uniforms, ...buffers]) buffer.destroy();
    },
  };
}

async function compile<Table extends ParamTable, V extends Variant>(
  device: GPUDevice,
  kernel: Kernel<Table, V>,
  { variant, extensions }: { variant: V; extensions: readonly string[] },
): Promise<GPUComputePipeline> {
  const enables = extensions.map((name) => `enable ${name};\n`).join("");
  const { code } = wgslOf(kernel, variant);
  device.pushErrorScope("validation");
  const module = device.createShaderModule({
    label: kernel.name,
    code: enables + code,
  });
  const pipeline = device.createComputePipeline({
    label: kernel.name,
    layout: "auto",
    compute: { module, entryPoint: "main" },
  });
  const error = await device.popErrorScope();
  if (error) throw new Error(`"${kernel.name}": ${error.message}`);
  return pipeline;
}

async function readBuffer(
  device: GPUDevice,
  source: GPUBuffer,
): Promise<Float32Array> {
  const staging = device.createBuffer({
    size: source.size,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(source, 0, staging, 0, source.size);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const values = new Float32Array(staging.getMappedRange().slice(0));
  staging.destroy();
  return values;
}
