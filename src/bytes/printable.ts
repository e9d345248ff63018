/**
 * Text from files, folders and graphs as a person may be shown it: it can neither
 * move a cursor, nor turn the line around, nor hide a letter.
 *
 * @module
 */

/** Scripts whose letters are written apart or together by an invisible joiner. */
const joiningScripts = [
  ...["Arabic", "Syriac", "Mongolian", "Devanagari", "Bengali", "Gurmukhi"],
  ...["Gujarati", "Oriya", "Tamil", "Telugu", "Kannada", "Malayalam"],
  ...["Sinhala", "Tibetan", "Myanmar", "Khmer"],
].map((name) => `\\p{Script=${name}}`).join("");

/** Marks on one letter; no language has more. */
const marksOnALetter = 8;

/**
 * Controls (C0, DEL, C1), bidirectional controls, line and paragraph separators,
 * lone surrogates, noncharacters, and what is invisible but where emoji and some
 * scripts need it. Line feeds and tabs are the caller's.
 */
const unprintable = new RegExp(
  [
    `(?<=[\\p{M}\\p{Extended_Pictographic}\\p{Emoji_Modifier}${joiningScripts}])[\\u200c\\u200d]`,
    "(?<=\\u{1f3f4}[\\u{e0020}-\\u{e007f}]{0,6})[\\u{e0020}-\\u{e007f}]",
    "(?<![\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}])[\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}]",
  ].map((allowed) => `(${allowed})`).join("|") +
    "|[[\\p{Cc}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Bidi_Control}\\p{Default_Ignorable_Code_Point}\\p{Noncharacter_Code_Point}\\ufff9-\\ufffb]--[\\n\\t]]",
  "gv",
);

const tooManyMarks = new RegExp(
  `(\\p{M}{${marksOnALetter}})\\p{M}+`,
  "gu",
);

/** Most text: nothing to look at closely. */
const plain = /^[\n\t\x20-\x7e]*$/;

/**
 * The text with `instead` for every character that a person must not be shown.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { printable } from "./printable.ts";
 * strictEqual(printable("\x1b[2Jrose\u202egpj.exe"), "?[2Jrose?gpj.exe");
 * ```
 */
export function printable(text: string, instead = "?"): string {
  if (plain.test(text)) return text;
  return text
    .replace(
      unprintable,
      (whole, ...allowed) =>
        allowed.slice(0, 3).some((group) => group !== undefined)
          ? whole
          : instead,
    )
    .replace(tooManyMarks, (_, kept) => `${kept}${instead}`);
}

/** What JSON may hold as it is and a terminal must not be given. */
const unprintableInJson =
  /[[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\ufff9-\ufffb]--[\n]]/gv;

/**
 * A value as JSON that no terminal minds: the same value, what is unprintable
 * in its strings escaped.
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { printableJson } from "./printable.ts";
 * strictEqual(printableJson("a\u202eb"), String.raw`"a\u202eb"`);
 * ```
 */
export function printableJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    unprintableInJson,
    (letter) =>
      Array.from(
        { length: letter.length },
        (_, at) => `\\u${letter.charCodeAt(at).toString(16).padStart(4, "0")}`,
      ).join(""),
  );
}
