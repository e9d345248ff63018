/**
 * Kernels and variants -> compute pipelines, each compiled once.
 *
 * @module
 */
import { type AnyKernel, bindingsOf, wgslOf } from "../../kernels/kernel.ts";
import { texelFormat } from "../../kernels/texels.ts";
import type { Variant } from "../../kernels/program.ts";
import { dispatchNothing } from "./_first_dispatch.ts";

/** A compiled pipeline with the layout its bind groups follow. */
export interface CompiledKernel {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** Compiles on first use and keeps what it compiled. */
export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #compiled = new Map<string, CompiledKernel>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /**
   * The pipeline of a kernel under a variant.
   *
   * @throws {Error} with file, line and the compiler's words if the WGSL is wrong.
   */
  async get(kernel: AnyKernel, variant: Variant): Promise<CompiledKernel> {
    const { code, headerLines } = wgslOf(kernel, variant);
    const known = this.#compiled.get(code);
    if (known) return known;
    const device = this.#device;
    device.pushErrorScope("validation");
    const module = device.createShaderModule({ label: kernel.name, code });
    const entries = layoutEntries(kernel, variant);
    const layout = device.createBindGroupLayout({
      label: kernel.name,
      entries,
    });
    const pipeline = device.createComputePipeline({
      label: kernel.name,
      layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: "main" },
    });
    const error = await device.popErrorScope();
    if (error) {
      throw new Error(
        await explain(kernel.name, { module, error, headerLines }),
      );
    }
    dispatchNothing(device, { pipeline, layout, entries });
    const compiled = { pipeline, layout };
    this.#compiled.set(code, compiled);
    return compiled;
  }
}

function layoutEntries(
  kernel: AnyKernel,
  variant: Variant,
): GPUBindGroupLayoutEntry[] {
  const visibility = GPUShaderStage.COMPUTE;
  return [
    {
      binding: 0,
      visibility,
      buffer: { type: "uniform", hasDynamicOffset: true },
    },
    ...bindingsOf(kernel, variant).map(
      ({ element, access }, index): GPUBindGroupLayoutEntry => {
        const format = texelFormat(element);
        const isRead = access === "read";
        return {
          binding: index + 1,
          visibility,
          ...(format
            ? {
              storageTexture: {
                access: isRead ? "read-only" : "write-only",
                format,
              },
            }
            : { buffer: { type: isRead ? "read-only-storage" : "storage" } }),
        };
      },
    ),
  ];
}

async function explain(
  name: string,
  { module, error, headerLines }: {
    module: GPUShaderModule;
    error: GPUError;
    headerLines: number;
  },
): Promise<string> {
  const info = await module.getCompilationInfo();
  const messages = info.messages.map((message) =>
    `${name}.wgsl:${
      message.lineNum - headerLines
    }:${message.linePos}: ${message.message}`
  );
  return [`Kernel "${name}" does not compile: ${error.message}`, ...messages]
    .join("\n");
}
