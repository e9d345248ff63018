import { deepStrictEqual, ok, strictEqual } from "@std/assert";
import fc from "fast-check";
import { escapeXml, label, shorten, shortenAll, textWidth } from "./_svg.ts";

Deno.test("shorten() keeps both ends of a text, and the text where it fits", () => {
  strictEqual(shorten("daisy", 4), "daisy");
  strictEqual(shorten("abcdefghijklmnop", 5), "abc…nop");
  strictEqual(shorten("abc", 0), "…");
});

Deno.test("shortenAll() keeps different texts different and within the width, the same the same", () => {
  const letter = fc.constantFrom(..."aab_1W猫", "e\u0301", "ש");
  const part = fc.string({ unit: letter, maxLength: 30 });
  const shared = fc.record({ head: part, tail: part });
  const texts = fc.tuple(fc.array(part, { maxLength: 30 }), shared).map((
    [parts, { head, tail }],
  ) => parts.flatMap((part) => [part, head + part + tail]));
  fc.assert(fc.property(texts, (given) => {
    const shown = shortenAll(given, 8);
    strictEqual(new Set(shown).size, new Set(given).size);
    for (const [index, text] of given.entries()) {
      ok(textWidth(shown[index]) <= 8.001, shown[index]);
      strictEqual(shown[index], shown[given.indexOf(text)]);
    }
  }));
  const dogs = ["n02085620-Chihuahua", "n02085782-Japanese_spaniel"];
  deepStrictEqual(shortenAll(dogs, 20), dogs);
});

Deno.test("escapeXml() shows a name that hides, turns or breaks something as it is", () => {
  strictEqual(escapeXml("a\u202eb\x9bc\x00&"), "a\ufffdb\ufffdc\ufffd&amp;");
});

Deno.test("label() keeps each part in its own direction", () => {
  ok(label("שלום (1)", { x: 0, y: 0 }).includes(">\u2068שלום (1)\u2069<"));
  ok(
    label(["truth: ", "ورد"], { x: 0, y: 0 })
      .includes(">truth: \u2068ورد\u2069<"),
  );
});
