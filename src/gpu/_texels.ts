/**
 * Textures that mirror buffers or stand in for them, for kernels that read and
 * write texels: llvmpipe loads a texel of four floats without a branch, but four
 * floats of a storage buffer lane by lane, which takes eight times the
 * instructions.
 */
import type { BufferIndex, Program } from "../../kernels/program.ts";
import { type AnyKernel, stepBindings } from "../../kernels/kernel.ts";
import {
  texelBytes,
  type TexelFormat,
  texelsPerLine,
} from "../../kernels/texels.ts";

const lineBytes = texelsPerLine * texelBytes;

/** A texture with room for `bytes` as texels. */
export function createTexels(
  device: GPUDevice,
  { bytes, format }: { readonly bytes: number; readonly format: TexelFormat },
): GPUTexture {
  const { STORAGE_BINDING, COPY_DST, COPY_SRC } = GPUTextureUsage;
  return device.createTexture({
    label: "texels",
    size: [texelsPerLine, Math.max(1, Math.ceil(bytes / lineBytes))],
    format,
    usage: STORAGE_BINDING | COPY_DST | COPY_SRC,
  });
}

/**
 * A texture and a buffer with the same floats. Either may be written; what the
 * other lacks is copied when it is needed, and not before.
 */
export class TexelMirror {
  readonly view: GPUTextureView;
  readonly bytes: number;
  /** What has the same floats. */
  readonly buffer: GPUBuffer;
  readonly #texture: GPUTexture;
  /** How many bytes of the texture are as they should be. */
  #fresh: number;
  /** Whether the texture has what the buffer lacks. */
  #isAhead = false;

  constructor(
    device: GPUDevice,
    buffer: GPUBuffer,
    { bytes, format, fresh }: MirrorOptions,
  ) {
    this.bytes = bytes;
    this.#fresh = fresh ? bytes : 0;
    this.buffer = buffer;
    this.#texture = createTexels(device, { bytes, format });
    this.view = this.#texture.createView();
  }

  /** Whether the first `bytes` of the texture lack what the buffer has. */
  isStale(bytes: number): boolean {
    return this.#fresh < bytes;
  }

  /** Whether the buffer lacks what the texture has. */
  get isAhead(): boolean {
    return this.#isAhead;
  }

  /** The buffer is about to change. */
  touch(): void {
    this.#fresh = 0;
    this.#isAhead = false;
  }

  /** The texture has been written to, and the buffer, too, or not. */
  touchTexels({ both }: { both: boolean }): void {
    this.#fresh = this.bytes;
    this.#isAhead = !both;
  }

  /** Encodes the copy of the first `bytes` to the texture, outside of any pass. */
  refresh(encoder: GPUCommandEncoder, bytes: number): void {
    for (const { offset, origin, size } of copies(bytes)) {
      encoder.copyBufferToTexture(
        { buffer: this.buffer, offset, bytesPerRow: lineBytes },
        { texture: this.#texture, origin },
        size,
      );
    }
    this.#fresh = bytes;
  }

  /** Encodes the copy to the buffer, outside of any pass. */
  writeBack(encoder: GPUCommandEncoder): void {
    for (const { offset, origin, size } of copies(this.bytes)) {
      encoder.copyTextureToBuffer(
        { texture: this.#texture, origin },
        { buffer: this.buffer, offset, bytesPerRow: lineBytes },
        size,
      );
    }
    this.#isAhead = false;
  }

  destroy(): void {
    this.#texture.destroy();
  }
}

export interface MirrorOptions {
  /** How much of the buffer it holds. */
  readonly bytes: number;
  readonly format: TexelFormat;
  /** Whether the buffer is new, and nobody has written to it. */
  readonly fresh: boolean;
}

/** A rectangle of texels, and where it begins in the buffer. */
interface TexelCopy {
  readonly offset: number;
  readonly origin: [number, number];
  readonly size: [number, number, number];
}

/** The whole lines of so many bytes, and the rest of one; the last texel may have floats that are nobody's. */
function copies(bytes: number): readonly TexelCopy[] {
  const lines = Math.floor(bytes / lineBytes);
  const rest = Math.ceil((bytes - lines * lineBytes) / texelBytes);
  const all: TexelCopy[] = [
    { offset: 0, origin: [0, 0], size: [texelsPerLine, lines, 1] },
    { offset: lines * lineBytes, origin: [0, lines], size: [rest, 1, 1] },
  ];
  return all.filter(({ size: [width, height] }) => width > 0 && height > 0);
}

export interface TexelRead {
  readonly mirror: TexelMirror;
  /** Size of the tensor, which may be smaller than the buffer it shares. */
  readonly bytes: number;
}

/** What a step means to mirrors. */
export interface TexelUse {
  readonly texels: readonly TexelRead[];
  readonly texelWrites: readonly TexelMirror[];
  readonly reads: readonly GPUBuffer[];
  readonly writes: readonly GPUBuffer[];
}

export class TexelMirrors {
  readonly #device: GPUDevice;
  readonly #mirrors = new Map<GPUBuffer, TexelMirror>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  get count(): number {
    return this.#mirrors.size;
  }

  /** The mirror of a buffer, made on first use with room for `bytes`. */
  of(
    buffer: GPUBuffer,
    options: MirrorOptions,
  ): TexelMirror {
    const known = this.#mirrors.get(buffer);
    if (known && known.bytes >= options.bytes) return known;
    if (known) throw new Error(`"${buffer.label}" is mirrored in part`);
    const mirror = new TexelMirror(this.#device, buffer, options);
    this.#mirrors.set(buffer, mirror);
    return mirror;
  }

  /** A buffer is about to be written to as a whole. */
  touch(buffer: GPUBuffer): void {
    this.#mirrors.get(buffer)?.touch();
  }

  /** Whether a buffer lacks what was written as texels. */
  isAhead(buffer: GPUBuffer): boolean {
    return this.#mirrors.get(buffer)?.isAhead ?? false;
  }

  /** Encodes what brings a buffer up to date, outside of any pass. */
  writeBack(buffer: GPUBuffer, encoder: GPUCommandEncoder): void {
    const mirror = this.#mirrors.get(buffer);
    if (mirror?.isAhead) mirror.writeBack(encoder);
  }

  /** Whether {@linkcode TexelMirrors.refresh} would copy. */
  areStale({ texels, texelWrites, reads, writes }: TexelUse): boolean {
    return texels.some(({ mirror, bytes }) => mirror.isStale(bytes)) ||
      texelWrites.some((mirror) => mirror.isStale(mirror.bytes)) ||
      reads.some((buffer) => this.isAhead(buffer)) ||
      writes.some((buffer) => this.isAhead(buffer));
  }

  /** Encodes the copies that a step needs before it, outside of any pass. */
  refresh(
    { texels, texelWrites, reads, writes }: TexelUse,
    encoder: GPUCommandEncoder,
  ): void {
    for (const { mirror, bytes } of texels) {
      if (mirror.isStale(bytes)) mirror.refresh(encoder, bytes);
    }
    // A step may write only a part: the rest has to be there.
    for (const mirror of texelWrites) {
      if (mirror.isStale(mirror.bytes)) mirror.refresh(encoder, mirror.bytes);
    }
    for (const buffer of [...reads, ...writes]) this.writeBack(buffer, encoder);
  }

  /** A step has been encoded. */
  touchWrites({ texelWrites, writes }: TexelUse): void {
    for (const buffer of writes) this.touch(buffer);
    for (const mirror of texelWrites) {
      mirror.touchTexels({ both: writes.includes(mirror.buffer) });
    }
  }

  delete(buffer: GPUBuffer): void {
    this.#mirrors.get(buffer)?.destroy();
    this.#mirrors.delete(buffer);
  }

  /** Destroys all textures. */
  clear(): void {
    for (const mirror of this.#mirrors.values()) mirror.destroy();
    this.#mirrors.clear();
  }
}

/** The most bytes that a program reads or writes as texels of each buffer without a name; `kernels` are its steps'. */
export function texelRoom(
  program: Program,
  kernels: readonly AnyKernel[],
): Map<BufferIndex, number> {
  const room = new Map<BufferIndex, number>();
  const need = (index: BufferIndex, bytes?: number) => {
    const spec = program.buffers[index];
    if (spec.name !== undefined) return;
    room.set(index, Math.max(room.get(index) ?? 0, bytes ?? spec.bytes));
  };
  for (const [at, kernel] of kernels.entries()) {
    const bindings = stepBindings(kernel, program.steps[at]);
    for (const { buffer, element, access, bytes } of bindings) {
      if (access === "read" || element === "texels") need(buffer, bytes);
    }
  }
  return room;
}
