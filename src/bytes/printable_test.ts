import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import fc from "fast-check";
import { printable, printableJson } from "./printable.ts";

Deno.test("printable() takes out what moves a cursor, turns a line or hides", () => {
  const hostile = {
    "a\x1b[2Jb": "a?[2Jb",
    "a\r\nb\tc": "a?\nb\tc",
    "\x9b31m\x7f": "?31m?",
    "photo\u202egpj.exe": "photo?gpj.exe",
    "\u2066a\u2069 \u061c\u200e\u200f": "?a? ???",
    "a\u2028b\u2029c": "a?b?c",
    "a\ud800b": "a?b",
    "pay\u200bpal \u2060\ufeff\u00ad\u3164": "pay?pal ????",
    "pay\u200dpal": "pay?pal",
    "a\u{e0041}\uffff": "a??",
    ["e\u0301".padEnd(200, "\u0301")]: `e${"\u0301".repeat(8)}?`,
    "\ufe0f\ufe0f": "\ufe0f?",
  };
  for (const [text, shown] of Object.entries(hostile)) {
    strictEqual(printable(text), shown);
  }
  strictEqual(printable("a\x00b", "\ufffd"), "a\ufffdb");
});

Deno.test("printable() leaves what people write", () => {
  const fine = [
    "Ромашка, 猫, ギター, 고양이, e\u0301té, ño",
    "חתול وردة می\u200cخواهم क्\u200dष",
    "👩\u200d🚀 👨\u200d👩\u200d👧 🏳\ufe0f\u200d🌈 👍🏽 🇩🇪 ❤\ufe0f 3\ufe0f\u20e3",
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "葛\u{e0100}",
  ];
  for (const text of fine) strictEqual(printable(text), text);
});

Deno.test("printable() twice is printable() once, and printableJson() is the same value", () => {
  const letters = [
    ...["a", "\x1b", "\x9b", "\u202e", "\u200d", "👩", "\u0301", "\ud800"],
    ...["\u{e0041}", "\n", "\u2028", '"', "\\", "\ufe0f", "\uffff", "\u200f"],
  ];
  const text = fc.string({ unit: fc.constantFrom(...letters), maxLength: 40 });
  const bad = /[[\p{Cc}\p{Cs}\p{Bidi_Control}\p{Zl}\p{Zp}]--[\n\t]]/v;
  fc.assert(fc.property(text, (given) => {
    const shown = printable(given);
    strictEqual(printable(shown), shown);
    ok(!bad.test(shown));
    const json = printableJson({ [given]: [given] });
    ok(!bad.test(json) && !json.includes("\n"));
    deepStrictEqual(JSON.parse(json), { [given]: [given] });
  }));
});

Deno.test("printable() of a long text takes a time that grows with it", () => {
  for (
    const part of [
      "\u0301",
      "\u{1f3f4}\u{e0067}",
      "\u{e0067}",
      "\u200d",
      "\x1b",
    ]
  ) {
    const timeOf = (count: number) => {
      const text = part.repeat(count);
      return Math.min(...[1, 2, 3].map(() => {
        const start = performance.now();
        printable(text);
        return performance.now() - start;
      }));
    };
    const [short, long] = [timeOf(10_000), timeOf(100_000)];
    ok(long <= 20 * Math.max(short, 10), `${long} ms after ${short} ms`);
  }
});
