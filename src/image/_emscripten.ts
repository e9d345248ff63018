import { CodecFailure } from "./_raw_codec.ts";

/** The options that every emscripten loader understands and this room uses. */
export interface EmscriptenOptions {
  readonly noInitialRun: true;
  readonly instantiateWasm: (
    imports: WebAssembly.Imports,
    done: (instance: WebAssembly.Instance) => void,
  ) => WebAssembly.Exports;
  readonly printErr: (line: string) => void;
}

/** A wasm codec with its loader, made on first use and made anew after it was dropped. */
export class EmscriptenCodec<Exports> {
  readonly #create: (options: EmscriptenOptions) => Promise<Exports>;
  readonly #module: WebAssembly.Module;
  #exports: Promise<Exports> | undefined;
  #lines: string[] = [];

  constructor(
    create: (options: EmscriptenOptions) => Promise<Exports>,
    module: WebAssembly.Module,
  ) {
    this.#create = create;
    this.#module = module;
  }

  /**
   * Calls the codec once.
   *
   * @returns Its result and the lines that it printed, which is how libjpeg tells of damage it could work round.
   * @throws {CodecFailure} If it traps, exits or throws. Its instance is dropped then, for its memory is in doubt.
   */
  async call<Result>(
    action: (exports: Exports) => Result,
  ): Promise<{ readonly result: Result; readonly lines: readonly string[] }> {
    const exports = await (this.#exports ??= this.#open());
    this.#lines = [];
    try {
      return { result: action(exports), lines: this.#lines };
    } catch (error) {
      this.drop();
      throw new CodecFailure(this.#lines.at(-1), error);
    }
  }

  /** Lets the instance go and with it the memory, which WebAssembly can never shrink. */
  drop(): void {
    this.#exports = undefined;
  }

  #open(): Promise<Exports> {
    return this.#create({
      noInitialRun: true,
      instantiateWasm: (imports, done) => {
        const instance = new WebAssembly.Instance(this.#module, imports);
        done(instance);
        return instance.exports;
      },
      printErr: (line) => this.#lines.push(line),
    });
  }
}
