import { deepStrictEqual } from "@std/assert";
import { wgslOf } from "./kernel.ts";
import { kernels } from "./mod.ts";

/** The largest finite f32: what is above it in a text is refused, even if it would be rounded down. */
const largestFloat = (2 - 2 ** -23) * 2 ** 127;

/** Every text there is: the files, so that no variant is missed, and what is put together from them and from TypeScript. */
function allTexts(): Map<string, string> {
  const folder = new URL("./", import.meta.url);
  const texts = new Map<string, string>();
  for (const { name } of Deno.readDirSync(folder)) {
    if (!name.endsWith(".wgsl")) continue;
    texts.set(name, Deno.readTextFileSync(new URL(name, folder)));
  }
  for (const kernel of kernels.values()) {
    const { code } = wgslOf(kernel, kernel.example().variant);
    texts.set(`the example of ${kernel.name}`, code);
  }
  return texts;
}

const withoutComments = (text: string) => text.replaceAll(/\/\/.*/g, "");

/** Numbers that no f32, i32 or u32 holds. */
function tooLarge(text: string): string[] {
  const numbers = withoutComments(text).matchAll(
    /(?<![\w.$])(0x[\da-f]+|\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)([fhiu]?)/gi,
  );
  return [...numbers].filter(([, digits, suffix]) => {
    const isFloat = !digits.startsWith("0x") &&
      (/[.e]/.test(digits) || suffix === "f");
    const most = isFloat
      ? largestFloat
      : suffix === "u"
      ? 2 ** 32 - 1
      : 2 ** 31;
    return Number(digits) > most;
  }).map(([number]) => number);
}

/** Expressions whose operators WGSL's grammar does not let stand side by side. */
function mixedOperators(text: string): string[] {
  let rest = withoutComments(text)
    .replaceAll(/@\w+(\([^)]*\))?/g, " ")
    .replaceAll(/\b(var|bitcast|array|vec[234]|texture_\w+)<[^<>()]*>/g, "$1");
  const found: string[] = [];
  const check = (expressions: string) =>
    found.push(
      ...expressions.split(/[,;{}:]|->|[-+*/%&|^]?(?<![=!<>])=(?!=)/)
        .map((expression) => expression.trim()).filter(isMixed),
    );
  const innermost = /\w*[([][^()[\]]*[)\]]/;
  for (let at = innermost.exec(rest); at; at = innermost.exec(rest)) {
    check(at[0].replace(/^\w*[([]/, "").slice(0, -1));
    rest = rest.replace(
      at[0],
      () => at[0].startsWith("return") ? "return a" : "a",
    );
  }
  check(rest);
  return found;
}

function isMixed(expression: string): boolean {
  const logical = new Set(expression.match(/&&|\|\|/g));
  return logical.size > 1 || expression.split(/&&|\|\|/).some((comparison) => {
    const sides = comparison.split(/[=!<>]=|(?<!<)<(?!<)|(?<!>)>(?!>)/);
    const hasBits = sides.length > 1 && /\w\s*[&|^]/.test(comparison);
    return sides.length > 2 || hasBits || sides.some(isMixedSide);
  });
}

/** Shifts stand alone; `&`, `|` and `^` stand only beside themselves. */
function isMixedSide(side: string): boolean {
  const operators = side.match(/(?<=[\w.]\s*)(<<|>>|[-+*/%&|^])/g) ?? [];
  const shifts = operators.filter((operator) => /<<|>>/.test(operator));
  const bits = new Set(operators.filter((operator) => /[&|^]/.test(operator)));
  const areBitsAlone = bits.size === 0 ||
    bits.size === 1 && operators.every((operator) => bits.has(operator));
  return (shifts.length > 0 && operators.length > 1) || !areBitsAlone;
}

Deno.test("no text has a number that its type cannot hold, which strict compilers refuse", () => {
  deepStrictEqual(tooLarge("const LOWEST = -3.40282347e38;"), [
    "3.40282347e38",
  ]);
  deepStrictEqual(tooLarge("let a1 = 4294967296u + 0xffffffffu - 3.4e38;"), [
    "4294967296u",
  ]);
  for (const [name, text] of allTexts()) {
    deepStrictEqual(tooLarge(text), [], name);
  }
});

Deno.test("no text mixes operators that WGSL wants in parentheses", () => {
  const wrong = [
    "a >> 8u & 0xffu",
    "a & b | c",
    "a | b ^ c",
    "a + b << 2u",
    "a & b == 0u",
    "a && b || c",
    "a < b < c",
    "a & b + c",
  ];
  for (const expression of wrong) {
    const statement = `fn f(a: u32) -> u32 { return g(x[${expression}], 1u); }`;
    deepStrictEqual(mixedOperators(statement), [expression]);
  }
  const right = "let y = (a & 3u) | -b; x[i & 7u] |= a << (b & 31u);" +
    "for (var i = 0u; i < 4u && 2 * a > -b(c); i++) { return a ^ b ^ ~c; }" +
    "var<workgroup> p: array<vec4<f32>, N>; if (!(a <= b || c >> 1u == d)) {}";
  deepStrictEqual(mixedOperators(right), []);
  for (const [name, text] of allTexts()) {
    deepStrictEqual(mixedOperators(text), [], name);
  }
});
