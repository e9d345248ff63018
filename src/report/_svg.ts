/**
 * What the charts share: escaping, text widths, axis ticks, colours.
 *
 * Colours are attributes, so that a chart is complete in a file of its own, beside classes through which
 * the report's style sheet puts others in their place when the page is dark.
 *
 * @module
 */

import { printable } from "../bytes/printable.ts";

/** Colours of Okabe and Ito, told apart with any kind of colour vision. */
export const palette = {
  train: "#0072b2",
  validation: "#d55e00",
  heat: "#0b5fa5",
  wrong: "#b3141c",
  ink: "#23272b",
  muted: "#666b70",
  rule: "#e3e5e8",
  paper: "#ffffff",
} as const;

/** Stacks of fonts that are there on every system; a chart asks for no file. */
export const fontFamily =
  "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', 'Noto Sans', sans-serif";

/** Text as XML and HTML take it, in elements and in quoted attributes; what must not be shown becomes "�". */
export function escapeXml(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return printable(text, "\ufffd")
    .replace(/[&<>"']/g, (letter) => entities[letter]);
}

/** Attributes as XML, those that are undefined left out, numbers to a hundredth. */
export function attributes(
  values: Readonly<Record<string, string | number | undefined>>,
): string {
  return Object.entries(values).map(([name, value]) => {
    if (value === undefined) return "";
    return ` ${name}="${
      typeof value === "number" ? shortNumber(value) : escapeXml(value)
    }"`;
  }).join("");
}

/** A colour of the palette, by which the report's style sheet knows the element. */
export type Tone = keyof typeof palette;

export interface LabelStyle {
  readonly x: number;
  readonly y: number;
  readonly anchor?: "start" | "middle" | "end";
  readonly size?: number;
  readonly tone?: Tone;
  /** A colour for light and dark pages alike, where there is no tone. */
  readonly color?: string;
  readonly weight?: "bold";
  /** Degrees clockwise about (x, y). */
  readonly turn?: number;
}

/** A text on the drawing; parts, such as a name after a word, each keep their own direction. */
export function label(
  text: string | readonly string[],
  style: LabelStyle,
): string {
  const { x, y, anchor = "start", size, tone, color, weight, turn } = style;
  const values = attributes({
    "text-anchor": anchor === "start" ? undefined : anchor,
    "font-size": size,
    "font-weight": weight,
    fill: tone ? palette[tone] : color,
    class: tone,
    transform: turn === undefined
      ? undefined
      : `rotate(${turn} ${shortNumber(x)} ${shortNumber(y)})`,
  });
  return `<text x="${shortNumber(x)}" y="${shortNumber(y)}"${values}>${
    typeof text === "string"
      ? isolated(escapeXml(text))
      : text.map((part) => isolated(escapeXml(part))).join("")
  }</text>`;
}

/** Letters that are written from right to left. */
const rightToLeft =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/**
 * Text that begins at its own side, so that a name in Hebrew turns nothing around
 * it: by Unicode's isolates, because not all that draw SVG heed its attribute
 * `direction`.
 */
function isolated(text: string): string {
  return rightToLeft.test(text) ? `\u2068${text}\u2069` : text;
}

/** What stands over a chart. */
export function heading(text: string, at: { x: number; y: number }): string {
  return label(text, { ...at, size: 14, weight: "bold", tone: "ink" });
}

/** The attributes of a line in a colour of the palette. */
export function stroke(tone: Tone): { stroke: string; class: string } {
  return { stroke: palette[tone], class: `${tone}-line` };
}

/** The whole drawing on its paper; `title` is what a screen reader reads. */
export function drawing(
  body: string,
  { width, height, title }: { width: number; height: number; title: string },
): string {
  const size = attributes({
    width,
    height,
    viewBox: `0 0 ${shortNumber(width)} ${shortNumber(height)}`,
  });
  const paper = `<rect${
    attributes({ width, height, fill: palette.paper, class: "paper" })
  }/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg"${size} role="img" font-family="${fontFamily}" font-size="12">` +
    `<title>${escapeXml(title)}</title>${paper}${body}</svg>\n`;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** How wide a text will be, in em: a guess on the wide side, since the reader's font is not known. */
export function textWidth(text: string): number {
  return lettersOf(text).reduce(
    (sum, letter) =>
      sum +
      (/\p{Emoji_Presentation}|\ufe0f/u.test(letter)
        ? emojiWidth
        : Array.from(letter).reduce((sum, part) => sum + letterWidth(part), 0)),
    0,
  );
}

/** Of a picture, however many characters are joined in it. */
const emojiWidth = 1.3;

/** By the widths of DejaVu Sans, one of the widest fonts that systems have. */
function letterWidth(letter: string): number {
  if (/[\p{M}\p{Cf}]/u.test(letter)) return 0;
  if (/[\u1100-\u115f\u2e80-\uffdc\u{1f000}-\u{3ffff}…]/u.test(letter)) {
    return 1;
  }
  if (/[ ijlIJtf.,:;'|!()[\]/\\-]/.test(letter)) return 0.36;
  if (/[mwMW@%#+<=>~&DGHNOQЖМФШЩЫЮжмфшщыю]/.test(letter)) return 0.88;
  return 0.63;
}

/** A text within a width in em: one that is too long has an ellipsis for its middle. */
export function shorten(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  const letters = lettersOf(text);
  return longestCut({
    most: letters.length,
    width,
    cut: (head, tail) =>
      `${letters.slice(0, head).join("").trimEnd()}…${
        letters.slice(letters.length - tail).join("").trimStart()
      }`,
  }) ?? "…";
}

/**
 * Texts within a width in em, cut as {@linkcode shorten} does; those that would
 * become the same show where they differ, or a number.
 */
export function shortenAll(texts: readonly string[], width: number): string[] {
  const shown = new Map<string, string>();
  separate([...new Set(texts)], (text) => shorten(text, width));
  function separate(
    group: readonly string[],
    cut: (text: string) => string,
  ): void {
    for (const [short, same] of Map.groupBy(group, cut)) {
      for (const text of same) shown.set(text, short);
      const isNew = same.length < group.length || group.length === shown.size;
      if (same.length > 1 && isNew) separate(same, differenceOf(same, width));
    }
  }
  const taken = new Set<string>();
  for (const [text, short] of shown) {
    let unique = short;
    for (let number = 2; taken.has(unique); number++) {
      const mark = ` (${number})`;
      unique = shorten(text, width - textWidth(mark)) + mark;
    }
    taken.add(unique);
    shown.set(text, unique);
  }
  return texts.map((text) => shown.get(text) ?? text);
}

/** Shows of each text what the others do not have, and as much as fits of what comes before. */
function differenceOf(
  texts: readonly string[],
  width: number,
): (text: string) => string {
  const [first, ...others] = texts.map(lettersOf);
  const isShared = (at: number) =>
    others.every((letters) => letters.at(at) === first.at(at));
  const least = Math.min(first.length, ...others.map(({ length }) => length));
  let before = 0;
  while (before < least && isShared(before)) before++;
  let after = 0;
  while (after < least - before && isShared(-1 - after)) after++;
  return (text) => {
    const letters = lettersOf(text);
    const core = letters.slice(before, letters.length - after).join("") +
      (after > 0 ? "…" : "");
    return longestCut({
      most: before,
      width,
      cut: (head, tail) =>
        letters.slice(0, head).join("") + (head + tail < before ? "…" : "") +
        letters.slice(before - tail, before).join("") + core,
    }) ?? shorten(`…${core}`, width);
  };
}

/** The longest cut that fits, its ends taken by turns so that neither is much longer; nothing if none does. */
function longestCut(
  { most, width, cut }: {
    /** Letters of both ends at most. */
    most: number;
    width: number;
    cut(head: number, tail: number): string;
  },
): string | undefined {
  let longest: string | undefined;
  for (let count = 0; count <= most; count++) {
    const text = cut(Math.ceil(count / 2), Math.floor(count / 2));
    if (textWidth(text) > width) break;
    longest = text;
  }
  return longest;
}

function lettersOf(text: string): string[] {
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

/** A number to a hundredth, without trailing zeros. */
export function shortNumber(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** Round numbers from 0 that reach `highest`: steps of 1, 2 or 5 times a power of ten, about `count` of them. */
export function niceTicks(highest: number, count: number): number[] {
  const rough = highest / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power *
    ([1, 2, 5].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const steps = Math.ceil(highest / step - 1e-9);
  // Through a decimal string, so that 3 * 0.1 is 0.3.
  return Array.from(
    { length: steps + 1 },
    (_, index) => Number((index * step).toPrecision(12)),
  );
}
