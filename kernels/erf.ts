/**
 * The error function, of which exact GELUs are made.
 *
 * @module
 */
import { floatText } from "./kernel.ts";

/** `2 / sqrt(pi)` times the integral of `exp(-t^2)` from 0 to x, to the last bits of f64. */
export function erf(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  // Sums of positive terms lose nothing: x + 2/3 x^3 + 4/15 x^5 + ...
  let term = x, sum = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= 2 * x * x / (2 * n + 1);
    sum += term;
  }
  return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
}

/** erf(x) / x in powers of x^2, for |x| up to 1: interpolated at Chebyshev's points. */
const near = [
  1.12837917,
  -0.376126269,
  0.112835975,
  -0.0268543288,
  0.00518931194,
  -0.000801885499,
  0.0000788249711,
];

/** log(1 - erf(x)) in powers of x, from 1 to 4. */
const far = [
  -0.000756968629,
  -1.12592595,
  -0.63909332,
  -0.10331898,
  0.0226219859,
  -0.0034368676,
  0.000317572034,
  -0.0000133093904,
];

/** WGSL of `erf_TYPE(value)`, within 2e-7 of it; NaN of NaN, for which no comparison holds. */
export function erfSource(type: "f32" | "vec4f" | "element"): string {
  const number = (value: number) => `${type}(${floatText(value)})`;
  const powers = (list: readonly number[], of: string) =>
    list.slice(0, -1).reduceRight(
      (sum, value) => `fma(${sum}, ${of}, ${number(value)})`,
      number(list[list.length - 1]),
    );
  return [
    `fn erf_${type}(value: ${type}) -> ${type} {`,
    // From 4 on it is 1 to all digits of f32.
    `  let size = select(abs(value), ${number(4)}, abs(value) > ${number(4)});`,
    "  let square = size * size;",
    `  let near = size * ${powers(near, "square")};`,
    `  let far = 1.0 - exp(${powers(far, "size")});`,
    `  let result = select(far, near, size < ${number(1)});`,
    `  return select(result, -result, value < ${number(0)});`,
    "}",
    "",
  ].join("\n");
}
