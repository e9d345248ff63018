import { latin1 } from "./sniff.ts";

/** A wasm module without a loader, called by the names of its exports. */
export class RawCodec {
  readonly #exports: WebAssembly.Exports;
  /** What libjpeg-turbo had to say. */
  complaint: string | undefined;

  constructor(module: WebAssembly.Module) {
    const ignore = (): void => {};
    this.#exports = new WebAssembly.Instance(module, {
      env: {
        emscripten_notify_memory_growth: ignore,
        push_to_stream: ignore,
        complain: (address: number, length: number) => {
          this.complaint = latin1(this.view(address, length), 0, length);
        },
        fail: (address: number, length: number) => {
          throw new CodecFailure(
            latin1(this.view(address, length), 0, length),
          );
        },
      },
      // What the C library would print with.
      wasi_snapshot_preview1: {
        fd_close: ignore,
        fd_seek: ignore,
        fd_write: ignore,
      },
    }).exports;
  }

  /** Calls an exported function of 32-bit integers. */
  call(name: string, ...parameters: number[]): number {
    const exported = this.#exports[name];
    if (typeof exported !== "function") {
      throw new CodecFailure(`no export "${name}"`);
    }
    return exported(...parameters);
  }

  /** Copies bytes into the codec's memory and returns their address. */
  write(bytes: Uint8Array): number {
    const address = this.call("walloc", bytes.length);
    this.view(address, bytes.length).set(bytes);
    return address;
  }

  /** A window on the codec's memory, good until its next call. */
  view(address: number, length: number): Uint8Array {
    const memory = this.#exports.memory;
    if (!(memory instanceof WebAssembly.Memory)) {
      throw new CodecFailure("no memory");
    }
    return new Uint8Array(memory.buffer, address, length);
  }
}

/** Runs an action of a codec; whatever it throws becomes a {@linkcode CodecFailure}. */
export function asCodecFailure<Result>(action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw error instanceof CodecFailure
      ? error
      : new CodecFailure(undefined, error);
  }
}

/** A codec gave up: the bytes are damaged, or too much for it. */
export class CodecFailure extends Error {
  override readonly name = "CodecFailure";

  /**
   * @param reason The codec's own words, if it had any.
   * @param cause What it threw: an error, an exit status or the address of a C++ exception.
   */
  constructor(reason: string | undefined, cause?: unknown) {
    super(reason ?? "", { cause });
  }
}
