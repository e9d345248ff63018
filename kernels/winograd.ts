/**
 * Winograd's convolution: a tile of outputs from fewer products than outputs
 * times taps. Input tiles and filters are transformed, multiplied frequency by
 * frequency (which is a `conv2d` of 1x1 whose parts are the frequencies), and
 * the products transformed to outputs. After A. Lavin and S. Gray, "Fast
 * Algorithms for Convolutional Neural Networks" (2015); the matrices are
 * Cook-Toom's.
 *
 * @module
 */
import { columnsPerTile, packedFilterLength } from "./filter_tiles.ts";
import { ceilDivide, floatText, type ParamsOf } from "./kernel.ts";
import { type Bindings, loadFunctions, storeFunctions } from "./texels.ts";

/** Outputs of a tile along an axis where the window has more than one place. */
export type WinogradOutputs = 2 | 4;

export const winogradOutputs: readonly WinogradOutputs[] = [2, 4];

/** A window, and how many outputs a tile of it has. */
export type WinogradWindow = {
  /** Outputs of a tile along an axis where the window has more than one place. */
  readonly outputs: WinogradOutputs;
  readonly windowHeight: number;
  readonly windowWidth: number;
};

export type Matrix = readonly (readonly number[])[];

/** `y = output ((filter w) * (input x))` along one axis, `*` place by place. */
export interface CookToom {
  /** Frequencies by frequencies: there are as many inputs of a tile. */
  readonly input: Matrix;
  /** Frequencies by taps. */
  readonly filter: Matrix;
  /** Outputs by frequencies. */
  readonly output: Matrix;
}

/**
 * Where polynomials are evaluated, beside infinity. Small numbers and their
 * inverses in pairs keep rounding errors small (B. Barabasz and others, "Error
 * Analysis and Improving the Accuracy of Winograd Convolution", 2020).
 */
const points = [0, 1, -1, 2, -2, 1 / 2, -1 / 2, 3 / 2, -3 / 2];

/**
 * Cook-Toom's matrices: outputs are coefficients of a product of polynomials,
 * which is known from its values at as many points as it has coefficients. This
 * is that product's transpose, hence the transposed inverse for the input.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "@std/assert";
 * deepStrictEqual(cookToom({ outputs: 2, taps: 3 }).output, [
 *   [1, 1, 1, 0],
 *   [0, 1, -1, 1],
 * ]);
 * ```
 */
export function cookToom(
  { outputs, taps }: { readonly outputs: number; readonly taps: number },
): CookToom {
  const finite = points.slice(0, outputs + taps - 2);
  const powers = (count: number) =>
    finite.map((point) =>
      Array.from({ length: count }, (_, at) => point ** at)
    );
  // The value at infinity is the coefficient of the highest power.
  const highest = (count: number) =>
    Array.from({ length: count }, (_, at) => at === count - 1 ? 1 : 0);
  const others = finite.map((point) => finite.filter((p) => p !== point));
  const norms = others.map((list, at) =>
    list.reduce((product, point) => product * (finite[at] - point), 1)
  );
  return {
    input: [
      ...others.map((list) => [...polynomial(list), 0]),
      polynomial(finite),
    ],
    filter: [
      ...powers(taps).map((row, at) => row.map((value) => value / norms[at])),
      highest(taps),
    ],
    output: transpose([...powers(outputs), highest(outputs)]),
  };
}

/** Coefficients of the polynomial of these zeros, the lowest power first. */
function polynomial(zeros: readonly number[]): number[] {
  return zeros.reduce(
    (factors, zero) =>
      [...factors, 0].map((value, at) => (factors[at - 1] ?? 0) - zero * value),
    [1],
  );
}

function transpose(matrix: Matrix): number[][] {
  return matrix[0].map((_, column) => matrix.map((row) => row[column]));
}

/** Where the window has one place, nothing is transformed. */
const identity: CookToom = { input: [[1]], filter: [[1]], output: [[1]] };

export function winogradAxes(
  { outputs, windowHeight, windowWidth }: WinogradWindow,
): { readonly vertical: CookToom; readonly horizontal: CookToom } {
  const axis = (taps: number) =>
    taps === 1 ? identity : cookToom({ outputs, taps });
  return { vertical: axis(windowHeight), horizontal: axis(windowWidth) };
}

/** Inputs, which are as many as frequencies, and outputs of a tile. */
export function winogradTile(
  window: WinogradWindow,
): {
  readonly inHeight: number;
  readonly inWidth: number;
  readonly outHeight: number;
  readonly outWidth: number;
} {
  const { vertical, horizontal } = winogradAxes(window);
  return {
    inHeight: vertical.input.length,
    inWidth: horizontal.input.length,
    outHeight: vertical.output.length,
    outWidth: horizontal.output.length,
  };
}

export function winogradFrequencies(window: WinogradWindow): number {
  const { inHeight, inWidth } = winogradTile(window);
  return inHeight * inWidth;
}

/** Tiles of an image, along both axes. */
export function winogradTiles(
  window: WinogradWindow,
  { outHeight, outWidth }: {
    readonly outHeight: number;
    readonly outWidth: number;
  },
): { readonly tileRows: number; readonly tileColumns: number } {
  const tile = winogradTile(window);
  return {
    tileRows: ceilDivide(outHeight, tile.outHeight),
    tileColumns: ceilDivide(outWidth, tile.outWidth),
  };
}

/** A filter's channels, which are not transformed. */
export interface WinogradFilter extends WinogradWindow {
  readonly channels: number;
  readonly columns: number;
}

/** Number of values {@linkcode packWinogradFilter} makes. */
export function winogradFilterLength(filter: WinogradFilter): number {
  const { channels: depth, columns } = filter;
  return winogradFrequencies(filter) * packedFilterLength({ depth, columns });
}

/**
 * A filter `(KH, KW, C, columns)`, transformed and as `conv2d` reads it:
 * `(frequencies, column tiles, C, 16)`, the tail filled with zeros. The sums
 * are in f64.
 */
export function packWinogradFilter(
  values: ArrayLike<number>,
  filter: WinogradFilter,
): Float32Array<ArrayBuffer> {
  const { channels, columns } = filter;
  const packed = new Float32Array(winogradFilterLength(filter));
  const perFrequency = packedFilterLength({ depth: channels, columns });
  const sums = new Float64Array(columns);
  for (const [frequency, taps] of filterTaps(filter).entries()) {
    for (let channel = 0; channel < channels; channel++) {
      sums.fill(0);
      for (const [place, factor] of taps) {
        const from = (place * channels + channel) * columns;
        for (let at = 0; at < columns; at++) {
          sums[at] += factor * values[from + at];
        }
      }
      const to = frequency * perFrequency + channel * columnsPerTile;
      for (let at = 0; at < columns; at++) {
        const tile = Math.floor(at / columnsPerTile);
        const lane = at % columnsPerTile;
        packed[to + tile * channels * columnsPerTile + lane] = sums[at];
      }
    }
  }
  return packed;
}

/** For each frequency the places of the window that count, each with its factor. */
function filterTaps(window: WinogradWindow): [number, number][][] {
  const { vertical, horizontal } = winogradAxes(window);
  return vertical.filter.flatMap((down) =>
    horizontal.filter.map((across) =>
      down.flatMap((one) => across.map((other) => one * other))
        .map((factor, place): [number, number] => [place, factor])
        .filter(([, factor]) => factor !== 0)
    )
  );
}

/**
 * The WGSL function `NAME_ROW(x0, x1, …)` for each row of a matrix: the sum of
 * the terms that count. As text, because a product with a constant zero is not
 * left out by compilers.
 *
 * @example
 * ```ts
 * import { strictEqual } from "@std/assert";
 * strictEqual(
 *   rowFunctions("down", [[1, 0, -2.5]]),
 *   "fn down_0(x0: vec4f, x1: vec4f, x2: vec4f) -> vec4f { return x0 - 2.5 * x2; }",
 * );
 * ```
 */
export function rowFunctions(name: string, matrix: Matrix): string {
  return matrix.map((row, index) => {
    const inputs = row.map((_, at) => `x${at}: vec4f`).join(", ");
    return `fn ${name}_${index}(${inputs}) -> vec4f { return ${
      sumText(row)
    }; }`;
  }).join("\n");
}

function sumText(factors: readonly number[]): string {
  const terms = factors.flatMap((factor, at) => {
    if (factor === 0) return [];
    const size = Math.abs(factor);
    const product = size === 1 ? `x${at}` : `${floatText(size)} * x${at}`;
    return [`${factor < 0 ? "-" : "+"} ${product}`];
  });
  return terms.join(" ").replace(/^\+ /, "").replace(/^- /, "-");
}

/** The tiles that a transform works on, as fields of a uniform struct. */
export const tileParams = {
  /** Tiles of an image, from top to bottom. */
  tileRows: "u32",
  /** Tiles of an image, from left to right. */
  tileColumns: "u32",
  firstImage: "u32",
  images: "u32",
} as const;

/** Threads of a transform: each has four channels of a tile. */
export function winogradThreads(
  { images, tileRows, tileColumns, channelVectors }: {
    readonly channelVectors: number;
  } & ParamsOf<typeof tileParams>,
): number {
  return images * tileRows * tileColumns * channelVectors;
}

/** Constants of a transform's text. */
export function tileConstants(
  window: WinogradWindow,
): Readonly<Record<string, number>> {
  const { inWidth, outHeight, outWidth } = winogradTile(window);
  return { IN_WIDTH: inWidth, OUT_HEIGHT: outHeight, OUT_WIDTH: outWidth };
}

/** What a transform's text begins with: what it calls by name, with a function for each row of its matrices. */
export function transformSource(
  window: WinogradWindow,
  { matrix, reads, writes }: {
    readonly matrix: "input" | "output";
    readonly reads: Bindings;
    readonly writes: Bindings;
  },
): string {
  const { vertical, horizontal } = winogradAxes(window);
  return [
    loadFunctions(reads),
    storeFunctions(writes),
    rowFunctions("vertical", vertical[matrix]),
    rowFunctions("horizontal", horizontal[matrix]),
  ].join("\n");
}
