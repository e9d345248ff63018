/**
 * Textures that mirror buffers, for kernels that read texels: llvmpipe loads a
 * texel of four floats without a branch, but four floats of a storage buffer
 * lane by lane, which takes eight times the instructions.
 */
import type { BufferIndex, Program } from "../plan/program.ts";
import { texelBytes, texelsPerLine } from "../../kernels/texels.ts";

const lineBytes = texelsPerLine * texelBytes;

/** A texture with the first bytes of a buffer in it, copied when they changed. */
export class TexelMirror {
  readonly view: GPUTextureView;
  readonly #texture: GPUTexture;
  readonly #buffer: GPUBuffer;
  /** How many bytes are as in the buffer. */
  #fresh = 0;

  constructor(device: GPUDevice, buffer: GPUBuffer, bytes: number) {
    this.#buffer = buffer;
    this.#texture = device.createTexture({
      label: `${buffer.label}, as texels`,
      size: [texelsPerLine, Math.max(1, Math.ceil(bytes / lineBytes))],
      format: "rgba32float",
      usage: GPUTextureUsage.STORAGE_BINDING | GPUTextureUsage.COPY_DST,
    });
    this.view = this.#texture.createView();
  }

  /** Whether {@linkcode TexelMirror.refresh} would copy. */
  isStale(bytes: number): boolean {
    return this.#fresh < bytes;
  }

  /** The buffer is about to change. */
  touch(): void {
    this.#fresh = 0;
  }

  /** Encodes the copy of the first `bytes`, outside of any pass. */
  refresh(encoder: GPUCommandEncoder, bytes: number): void {
    const lines = Math.floor(bytes / lineBytes);
    const rest = Math.floor((bytes - lines * lineBytes) / texelBytes);
    if (lines > 0) this.#copy(encoder, [0, texelsPerLine, lines]);
    if (rest > 0) this.#copy(encoder, [lines, rest, 1]);
    this.#fresh = bytes;
  }

  /** Frees the texture. */
  destroy(): void {
    this.#texture.destroy();
  }

  #copy(
    encoder: GPUCommandEncoder,
    [line, width, height]: readonly [number, number, number],
  ): void {
    encoder.copyBufferToTexture(
      {
        buffer: this.#buffer,
        offset: line * lineBytes,
        bytesPerRow: lineBytes,
      },
      { texture: this.#texture, origin: [0, line] },
      [width, height],
    );
  }
}

/** What a step reads as texels. */
export interface TexelRead {
  readonly mirror: TexelMirror;
  /** Size of the tensor, which may be smaller than the buffer it shares. */
  readonly bytes: number;
}

/** What a step means to mirrors. */
export interface TexelUse {
  /** The mirrors it reads. */
  readonly texels: readonly TexelRead[];
  /** Every buffer it writes. */
  readonly writes: readonly GPUBuffer[];
}

/** The mirrors of a session's buffers. */
export class TexelMirrors {
  readonly #device: GPUDevice;
  readonly #mirrors = new Map<
    GPUBuffer,
    { mirror: TexelMirror; bytes: number }
  >();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** How many there are. */
  get count(): number {
    return this.#mirrors.size;
  }

  /** The mirror of a buffer, made on first use with room for `bytes`. */
  of(buffer: GPUBuffer, bytes: number): TexelMirror {
    const known = this.#mirrors.get(buffer);
    if (known && known.bytes >= bytes) return known.mirror;
    if (known) throw new Error(`"${buffer.label}" is mirrored in part`);
    const mirror = new TexelMirror(this.#device, buffer, bytes);
    this.#mirrors.set(buffer, { mirror, bytes });
    return mirror;
  }

  /** A buffer is about to change. */
  touch(buffer: GPUBuffer): void {
    this.#mirrors.get(buffer)?.mirror.touch();
  }

  /** Whether a step needs copies before it. */
  areStale({ texels }: TexelUse): boolean {
    return texels.some(({ mirror, bytes }) => mirror.isStale(bytes));
  }

  /** Encodes those copies, outside of any pass. */
  refresh({ texels }: TexelUse, encoder: GPUCommandEncoder): void {
    for (const { mirror, bytes } of texels) {
      if (mirror.isStale(bytes)) mirror.refresh(encoder, bytes);
    }
  }

  /** A step has been encoded. */
  touchWrites({ writes }: TexelUse): void {
    for (const buffer of writes) this.touch(buffer);
  }

  /** A buffer is gone. */
  delete(buffer: GPUBuffer): void {
    this.#mirrors.get(buffer)?.mirror.destroy();
    this.#mirrors.delete(buffer);
  }

  /** Forgets all; the device has destroyed the textures. */
  clear(): void {
    this.#mirrors.clear();
  }
}

/** The most bytes that a program reads as texels of each buffer without a name. */
export function texelRoom(program: Program): Map<BufferIndex, number> {
  const room = new Map<BufferIndex, number>();
  for (const { reads, readBytes } of program.steps) {
    for (const [at, index] of reads.entries()) {
      const { name, bytes } = program.buffers[index];
      if (name !== undefined) continue;
      const read = readBytes?.[at] ?? bytes;
      room.set(index, Math.max(room.get(index) ?? 0, read));
    }
  }
  return room;
}
