/** What a step binds: buffers, and textures that mirror them or stand in for them. */
import type { AnyKernel } from "../../kernels/kernel.ts";
import { type TexelFormat, texelFormat } from "../../kernels/texels.ts";
import type { BufferIndex, Step } from "../../kernels/program.ts";
import type { Memory } from "./_buffers.ts";
import type {
  TexelMirror,
  TexelMirrors,
  TexelRead,
  TexelUse,
} from "./_texels.ts";

/** Resources in the order of the bindings, reads before writes, and what of them are texels. */
export function stepResources(
  step: Step,
  { kernel, buffers, room, mirrors }: {
    /** What the step dispatches. */
    kernel: AnyKernel;
    buffers: readonly Memory[];
    /** From `texelRoom`. */
    room: ReadonlyMap<BufferIndex, number>;
    mirrors: TexelMirrors;
  },
): TexelUse & { resources: GPUBindingResource[] } {
  const texels: TexelRead[] = [];
  const texelWrites: TexelMirror[] = [];
  const reads: GPUBuffer[] = [];
  const writes: GPUBuffer[] = [];
  const mirrorOf = (
    { buffer, format }: { buffer: GPUBuffer; format: TexelFormat },
    index: BufferIndex,
  ) => {
    const bytes = room.get(index);
    // What has a name may have been written to before.
    const fresh = bytes !== undefined;
    return mirrors.of(buffer, { bytes: bytes ?? buffer.size, format, fresh });
  };
  const resources: GPUBindingResource[] = [];
  const readElements = Object.values(kernel.reads(step.variant));
  for (const [at, index] of step.reads.entries()) {
    const buffer = buffers[index];
    const format = texelFormat(readElements[at]);
    if (buffer instanceof GPUTexture) {
      resources.push(buffer.createView());
    } else if (format) {
      const mirror = mirrorOf({ buffer, format }, index);
      const bytes = step.readBytes?.[at] ?? buffer.size;
      texels.push({ mirror, bytes });
      resources.push(mirror.view);
    } else {
      reads.push(buffer);
      resources.push({ buffer });
    }
  }
  const writeElements = Object.values(kernel.writes(step.variant));
  for (const [at, index] of step.writes.entries()) {
    const buffer = buffers[index];
    const format = texelFormat(writeElements[at]);
    if (buffer instanceof GPUTexture) {
      resources.push(buffer.createView());
    } else if (format) {
      const mirror = mirrorOf({ buffer, format }, index);
      texelWrites.push(mirror);
      resources.push(mirror.view);
    } else {
      writes.push(buffer);
      resources.push({ buffer });
    }
  }
  return { resources, texels, texelWrites, reads, writes };
}
