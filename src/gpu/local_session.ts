/**
 * A session in this thread: buffers, bind groups, submits and readbacks.
 *
 * @module
 */
import {
  type AnyKernel,
  encodeParams,
  kernelNamed,
  roundUp,
  stepBindings,
} from "../../kernels/mod.ts";
import { texelFormat } from "../../kernels/texels.ts";
import { InputError } from "../errors.ts";
import type {
  BufferIndex,
  Plan,
  Program,
  Step,
} from "../../kernels/program.ts";
import { BufferStore, type Memory } from "./_buffers.ts";
import {
  type TexelMirror,
  TexelMirrors,
  type TexelRead,
  texelRoom,
  type TexelUse,
} from "./_texels.ts";
import { driverFarewell, openDevice } from "./device.ts";
import { PipelineCache } from "./pipelines.ts";
import type { AdapterFacts, ProgramHandle, Session } from "./session.ts";

/** WebGPU's alignment of dynamic uniform offsets. */
const uniformStride = 256;

/**
 * Work after which a submit is made, so that a slow adapter reports progress
 * and a fast one still gets whole nets at once.
 */
const flopsPerSubmit = 50e9;

/** Dispatches after which the first submit is made: the adapter works while the rest is encoded. */
const firstSubmit = 8;

/** A dispatch that is ready to be encoded. */
export interface PreparedStep extends TexelUse {
  readonly pipeline: GPUComputePipeline;
  /** For group 0, with {@linkcode PreparedStep.uniformOffset} as its dynamic offset. */
  readonly bindGroup: GPUBindGroup;
  /** Where its parameters begin, in bytes. */
  readonly uniformOffset: number;
  /** Workgroups along x, y and z. */
  readonly groups: readonly [number, number, number];
  /** Floating point operations. */
  readonly flops: number;
}

interface LoadedProgram {
  readonly steps: readonly PreparedStep[];
  readonly owned: readonly Memory[];
}

export async function openLocalSession(
  { kernels = [] }: { readonly kernels?: readonly AnyKernel[] } = {},
): Promise<LocalSession> {
  const { device, facts } = await openDevice();
  return new LocalSession(device, { adapter: facts, kernels });
}

/** A {@linkcode Session} on a device of this thread. */
export class LocalSession implements Session {
  readonly adapter: AdapterFacts;
  /** The device itself, for profiling and benchmarks. */
  readonly device: GPUDevice;
  readonly #pipelines: PipelineCache;
  readonly #buffers: BufferStore;
  /** Copies of buffers that have to be fresh before a step that reads them. */
  readonly mirrors: TexelMirrors;
  readonly #programs = new Map<number, LoadedProgram>();
  readonly #kernels: ReadonlyMap<string, AnyKernel>;
  #nextId = 1;
  #failure: string | undefined;

  /** A session on an open device; see {@linkcode openLocalSession}. */
  constructor(
    device: GPUDevice,
    { adapter, kernels }: {
      adapter: AdapterFacts;
      kernels: readonly AnyKernel[];
    },
  ) {
    this.#kernels = new Map(kernels.map((kernel) => [kernel.name, kernel]));
    this.device = device;
    this.adapter = adapter;
    this.#pipelines = new PipelineCache(device);
    this.#buffers = new BufferStore(device, adapter);
    this.mirrors = new TexelMirrors(device);
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      this.#failure ??= (event as GPUUncapturedErrorEvent).error.message;
    });
    device.lost.then((info) => {
      if (info.reason !== "destroyed") {
        this.#failure ??= `the device was lost (${info.message})`;
      }
    });
  }

  async load({ program, constants }: Plan): Promise<ProgramHandle> {
    const made = await this.#buffers.make(program);
    try {
      for (const [name, read] of constants) await this.write(name, read());
      const steps = await this.#prepare(program, made.all, made.owned);
      const id = this.#nextId++;
      this.#programs.set(id, { steps, owned: made.owned });
      return { id, label: program.label };
    } catch (error) {
      this.#forget(made.all);
      this.#buffers.free(made);
      throw error;
    }
  }

  async #prepare(
    program: Program,
    buffers: readonly Memory[],
    owned: Memory[],
  ): Promise<PreparedStep[]> {
    const uniforms = this.device.createBuffer({
      label: `${program.label} params`,
      size: Math.max(1, program.steps.length) * uniformStride,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    });
    owned.push(uniforms);
    const kernels = program.steps.map(({ kernel: name }) =>
      this.#kernels.get(name) ?? kernelNamed(name)
    );
    const room = texelRoom(program, kernels);
    const prepared: PreparedStep[] = [];
    for (const [index, step] of program.steps.entries()) {
      const kernel = kernels[index];
      const uniformOffset = index * uniformStride;
      const params = encodeParams(kernel, step.params);
      this.device.queue.writeBuffer(uniforms, uniformOffset, params);
      const { groups, label, variant } = step;
      const { pipeline, layout } = await this.#pipelines.get(kernel, variant);
      const { mirrors } = this;
      const sources = { kernel, buffers, room, mirrors };
      const { resources, ...use } = stepResources(step, sources);
      const uniform = { buffer: uniforms, size: params.byteLength };
      const entries = [uniform, ...resources]
        .map((resource, binding) => ({ binding, resource }));
      const bindGroup = this.device.createBindGroup({ label, layout, entries });
      const { flops } = kernel.cost(step.params, variant);
      const common = { pipeline, bindGroup, uniformOffset, groups, flops };
      prepared.push({ ...common, ...use });
    }
    this.#check();
    return prepared;
  }

  write(
    name: string,
    data: Float32Array | Uint32Array | Uint8Array,
    byteOffset = 0,
  ): Promise<void> {
    const { buffer, byteOffset: start, byteLength } = data;
    if (!(buffer instanceof ArrayBuffer)) {
      throw new TypeError("Shared memory cannot be written to the GPU");
    }
    const target = this.#buffers.named(name, byteOffset + byteLength).buffer;
    this.#writeBack(target);
    this.mirrors.touch(target);
    const whole = byteLength - byteLength % 4;
    // An empty array has no memory, which Deno's queue does not survive.
    if (whole > 0) {
      this.device.queue.writeBuffer(target, byteOffset, buffer, start, whole);
    }
    if (whole < byteLength) {
      const tail = new Uint8Array(4);
      tail.set(new Uint8Array(buffer, start + whole, byteLength - whole));
      this.device.queue.writeBuffer(target, byteOffset + whole, tail);
    }
    return Promise.resolve();
  }

  run(handle: ProgramHandle, { repeat = 1 } = {}): Promise<void> {
    const { steps } = this.#program(handle);
    let flops = 0;
    let dispatched = 0;
    let encoder = this.device.createCommandEncoder({ label: handle.label });
    let pass = encoder.beginComputePass();
    for (let run = 0; run < repeat; run++) {
      for (const step of steps) {
        if (this.mirrors.areStale(step)) {
          pass.end();
          this.mirrors.refresh(step, encoder);
          pass = encoder.beginComputePass();
        }
        pass.setPipeline(step.pipeline);
        pass.setBindGroup(0, step.bindGroup, [step.uniformOffset]);
        pass.dispatchWorkgroups(...step.groups);
        this.mirrors.touchWrites(step);
        flops += step.flops;
        dispatched++;
        if (flops < flopsPerSubmit && dispatched !== firstSubmit) continue;
        pass.end();
        this.device.queue.submit([encoder.finish()]);
        encoder = this.device.createCommandEncoder({ label: handle.label });
        pass = encoder.beginComputePass();
        flops = 0;
      }
    }
    pass.end();
    this.device.queue.submit([encoder.finish()]);
    this.#check();
    return Promise.resolve();
  }

  async read(name: string, bytes?: number): Promise<ArrayBuffer> {
    const source = this.#buffers.named(name, bytes);
    const wanted = bytes ?? source.bytes;
    const size = roundUp(wanted, 4);
    const staging = this.device.createBuffer({
      label: `read ${name}`,
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    try {
      const encoder = this.device.createCommandEncoder();
      this.mirrors.writeBack(source.buffer, encoder);
      encoder.copyBufferToBuffer(source.buffer, 0, staging, 0, size);
      this.device.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ);
      const copy = staging.getMappedRange().slice(0, wanted);
      staging.unmap();
      this.#check();
      return copy;
    } finally {
      staging.destroy();
    }
  }

  /** The dispatches of a loaded program, for those who encode them otherwise. */
  stepsOf(handle: ProgramHandle): readonly PreparedStep[] {
    return this.#program(handle).steps;
  }

  unload(handle: ProgramHandle): Promise<void> {
    const { owned } = this.#program(handle);
    this.#forget(owned);
    for (const memory of owned) memory.destroy();
    this.#programs.delete(handle.id);
    return Promise.resolve();
  }

  liveBuffers(): Promise<number> {
    const owned = [...this.#programs.values()].reduce(
      (sum, program) => sum + program.owned.length,
      0,
    );
    return Promise.resolve(
      owned + this.#buffers.namedCount + this.mirrors.count,
    );
  }

  /** Resolves when all that was submitted has been done. */
  async settle(): Promise<void> {
    await this.device.queue.onSubmittedWorkDone();
  }

  /** Frees everything but the device. */
  async empty(): Promise<void> {
    await this.settle();
    for (const { owned } of this.#programs.values()) {
      for (const memory of owned) memory.destroy();
    }
    this.#programs.clear();
    this.#buffers.clear();
    this.mirrors.clear();
  }

  async close(): Promise<void> {
    await this.empty();
    this.device.destroy();
    await driverFarewell();
  }

  /** What is written may be a part: the rest has to be in the buffer. */
  #writeBack(buffer: GPUBuffer): void {
    if (!this.mirrors.isAhead(buffer)) return;
    const encoder = this.device.createCommandEncoder();
    this.mirrors.writeBack(buffer, encoder);
    this.device.queue.submit([encoder.finish()]);
  }

  /** Frees the mirrors of what is about to go. */
  #forget(memory: readonly Memory[]): void {
    for (const one of memory) {
      if (one instanceof GPUBuffer) this.mirrors.delete(one);
    }
  }

  #program(handle: ProgramHandle): LoadedProgram {
    const program = this.#programs.get(handle.id);
    if (!program) throw new Error(`Program "${handle.label}" is not loaded`);
    return program;
  }

  /** Errors of the queue arrive late; they surface on the next call. */
  #check(): void {
    if (this.#failure === undefined) return;
    throw new InputError(
      `The GPU failed: ${this.#failure}; run \`espalier doctor\` to test it`,
    );
  }
}

/** What a step binds, in order, and what of it are texels. */
function stepResources(
  step: Step,
  { kernel, buffers, room, mirrors }: {
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
  const resources = stepBindings(kernel, step).map(
    (binding): GPUBindingResource => {
      const buffer = buffers[binding.buffer];
      if (buffer instanceof GPUTexture) return buffer.createView();
      const isRead = binding.access === "read";
      const format = texelFormat(binding.element);
      if (!format) {
        (isRead ? reads : writes).push(buffer);
        return { buffer };
      }
      const own = room.get(binding.buffer);
      const mirror = mirrors.of(buffer, {
        bytes: own ?? buffer.size,
        format,
        // What has a name may have been written to before.
        fresh: own !== undefined,
      });
      if (isRead) texels.push({ mirror, bytes: binding.bytes ?? buffer.size });
      else texelWrites.push(mirror);
      return mirror.view;
    },
  );
  return { resources, texels, texelWrites, reads, writes };
}
