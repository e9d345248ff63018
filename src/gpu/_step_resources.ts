/** What a step binds: buffers, and the textures that mirror them. */
import { kernelNamed } from "../../kernels/mod.ts";
import type { BufferIndex, Step } from "../plan/program.ts";
import type {
  TexelMirror,
  TexelMirrors,
  TexelRead,
  TexelUse,
} from "./_texels.ts";

/** Resources in the order of the bindings, reads before writes, and what of them are texels. */
export function stepResources(
  step: Step,
  { buffers, room, mirrors }: {
    buffers: readonly GPUBuffer[];
    /** From `texelRoom`. */
    room: ReadonlyMap<BufferIndex, number>;
    mirrors: TexelMirrors;
  },
): TexelUse & { resources: GPUBindingResource[] } {
  const kernel = kernelNamed(step.kernel);
  const texels: TexelRead[] = [];
  const texelWrites: TexelMirror[] = [];
  const reads: GPUBuffer[] = [];
  const writes: GPUBuffer[] = [];
  const mirrorOf = (index: BufferIndex) => {
    const { size } = buffers[index];
    const bytes = room.get(index);
    // What has a name may have been written to before.
    const fresh = bytes !== undefined;
    return mirrors.of(buffers[index], { bytes: bytes ?? size, fresh });
  };
  const resources: GPUBindingResource[] = [];
  const readElements = Object.values(kernel.reads(step.variant));
  for (const [at, index] of step.reads.entries()) {
    if (readElements[at] === "texels") {
      const mirror = mirrorOf(index);
      const bytes = step.readBytes?.[at] ?? buffers[index].size;
      texels.push({ mirror, bytes });
      resources.push(mirror.view);
    } else {
      reads.push(buffers[index]);
      resources.push({ buffer: buffers[index] });
    }
  }
  const writeElements = Object.values(kernel.writes(step.variant));
  for (const [at, index] of step.writes.entries()) {
    if (writeElements[at] === "texels") {
      const mirror = mirrorOf(index);
      texelWrites.push(mirror);
      resources.push(mirror.view);
    } else {
      writes.push(buffers[index]);
      resources.push({ buffer: buffers[index] });
    }
  }
  return { resources, texels, texelWrites, reads, writes };
}
