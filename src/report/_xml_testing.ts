/**
 * A strict look at markup, for the tests of what this room writes.
 *
 * @module
 */

import { deepStrictEqual, ok } from "@std/assert";

const markup =
  /<(\/?)([a-zA-Z][\w-]*)((?: [a-zA-Z][\w:-]*="[^"<]*")*) ?(\/?)>|<[^>]*>?|[^<]+/g;
const text = /^(?:[^&<>]|&(?:amp|lt|gt|quot|#39);)*$/u;

/** Throws unless every tag is closed in order, every attribute quoted, every special letter escaped. */
export function assertWellFormed(xml: string): void {
  const open: string[] = [];
  for (const [whole, end, name, values, empty] of xml.matchAll(markup)) {
    if (name === undefined) {
      ok(text.test(whole), `not escaped: ${whole}`);
      continue;
    }
    const names = Array.from(
      values.matchAll(/ ([a-zA-Z][\w:-]*)="([^"]*)"/g),
      ([, key, value]) => {
        ok(text.test(value), `not escaped: ${value}`);
        return key;
      },
    );
    deepStrictEqual(
      names,
      [...new Set(names)],
      `an attribute twice in ${whole}`,
    );
    if (end) deepStrictEqual(name, open.pop());
    else if (!empty) open.push(name);
  }
  deepStrictEqual(open, []);
}

/** Every string that a person may have named a folder, and some that nobody should. */
export const awkwardLabels: readonly string[] = [
  "",
  " ",
  "<script>alert(1)</script>",
  `"quoted" & 'single'`,
  "]]> --> &amp;",
  "a\u0000b\u001f\ufffe",
  "\ud800 lone surrogate",
  "猫",
  "Ромашка",
  "x".repeat(500),
];
