/** resvg, a renderer of SVG in Rust. */
export const resvg: WebAssembly.Module;

/** Starts the renderer, once. */
export function initWasm(module: WebAssembly.Module): Promise<void>;

export class Resvg {
  constructor(
    svg: string,
    options: {
      readonly font: {
        readonly fontBuffers: Uint8Array[];
        readonly defaultFontFamily: string;
        readonly sansSerifFamily: string;
      };
    },
  );
  /** Draws at the drawing's own size. */
  render(): { asPng(): Uint8Array };
}
