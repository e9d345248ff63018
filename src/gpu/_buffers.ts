/** The buffers of a session: named ones that programs share, and their own. */
import { InputError } from "../errors.ts";
import type { BufferSpec, Program } from "../../kernels/program.ts";
import { roundUp } from "../../kernels/kernel.ts";
import { texelBytes } from "../../kernels/texels.ts";
import { createTexels } from "./_texels.ts";
import type { AdapterFacts } from "./session.ts";

/** A buffer that outlives programs, and how much of it was asked for. */
export interface NamedBuffer {
  readonly buffer: GPUBuffer;
  readonly bytes: number;
}

export type Memory = GPUBuffer | GPUTexture;

/** The buffers of one program, and the textures in their stead. */
export interface ProgramBuffers {
  /** In the program's order. */
  readonly all: readonly Memory[];
  /** Those without a name; they go with the program. */
  readonly owned: Memory[];
  readonly names: readonly string[];
}

/** Makes buffers, and knows those that have names. */
export class BufferStore {
  readonly #device: GPUDevice;
  readonly #adapter: AdapterFacts;
  readonly #named = new Map<string, NamedBuffer>();

  constructor(device: GPUDevice, adapter: AdapterFacts) {
    this.#device = device;
    this.#adapter = adapter;
  }

  get namedCount(): number {
    return this.#named.size;
  }

  /**
   * Makes what a program needs and is not there yet.
   *
   * @throws {InputError} if the adapter has not the memory; nothing is left behind.
   */
  async make(program: Program): Promise<ProgramBuffers> {
    this.#refuseTooLarge(program);
    // What does not fit together throws here, before an error scope is open.
    for (const spec of program.buffers) this.#known(spec);
    const owned: Memory[] = [];
    const names: string[] = [];
    this.#device.pushErrorScope("out-of-memory");
    this.#device.pushErrorScope("validation");
    const all = program.buffers.map((spec) => {
      const known = this.#known(spec);
      if (known) return known;
      if (spec.texels) {
        const texture = createTexels(this.#device, {
          bytes: spec.bytes,
          format: "rgba32float",
        });
        owned.push(texture);
        return texture;
      }
      const buffer = this.#create(spec);
      if (spec.name === undefined) owned.push(buffer);
      else {
        this.#named.set(spec.name, { buffer, bytes: spec.bytes });
        names.push(spec.name);
      }
      return buffer;
    });
    const errors = [this.#device.popErrorScope(), this.#device.popErrorScope()];
    const error = (await Promise.all(errors)).find((one) => one !== null);
    if (!error) return { all, owned, names };
    this.free({ all, owned, names });
    throw new InputError(outOfMemory(program, error.message));
  }

  /** Destroys what {@linkcode BufferStore.make} made. */
  free({ owned, names }: ProgramBuffers): void {
    for (const buffer of owned) buffer.destroy();
    for (const name of names) {
      this.#named.get(name)?.buffer.destroy();
      this.#named.delete(name);
    }
  }

  /** The buffer of that name, which has to have `bytes`. */
  named(name: string, bytes = 0): NamedBuffer {
    const named = this.#named.get(name);
    if (!named) throw new Error(`No loaded program has a buffer "${name}"`);
    if (bytes <= named.bytes) return named;
    throw new RangeError(
      `Buffer "${name}" has ${named.bytes} bytes, ${bytes} are asked for`,
    );
  }

  /** Destroys all buffers that have a name. */
  clear(): void {
    for (const { buffer } of this.#named.values()) buffer.destroy();
    this.#named.clear();
  }

  #known({ name, bytes }: BufferSpec): GPUBuffer | undefined {
    const known = name === undefined ? undefined : this.#named.get(name);
    if (!known || known.bytes >= bytes) return known?.buffer;
    throw new Error(
      `Buffer "${name}" has ${known.bytes} bytes, a program wants ${bytes}`,
    );
  }

  #create({ name, bytes }: BufferSpec): GPUBuffer {
    return this.#device.createBuffer({
      label: name ?? "scratch",
      // A binding of four-vectors has to hold one, and texels are copied whole.
      size: Math.max(texelBytes, roundUp(bytes, texelBytes)),
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC |
        GPUBufferUsage.COPY_DST,
    });
  }

  #refuseTooLarge({ label, buffers }: Program): void {
    const { description, limits } = this.#adapter;
    const limit = Math.min(
      limits.maxBufferSize,
      limits.maxStorageBufferBindingSize,
    );
    const largest = Math.max(0, ...buffers.map(({ bytes }) => bytes));
    if (largest <= limit) return;
    throw new InputError(
      `"${label}" needs a buffer of ${
        megabytes(largest)
      } MB, the GPU adapter "${description}" allows ${
        megabytes(limit)
      } MB: use a smaller batch or another model`,
    );
  }
}

function outOfMemory({ label, buffers }: Program, message: string): string {
  const bytes = buffers.reduce((sum, buffer) => sum + buffer.bytes, 0);
  return `"${label}" needs ${
    megabytes(bytes)
  } MB on the GPU and did not get them (${message}): use a smaller batch`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
