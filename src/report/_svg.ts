/**
 * What the charts share: escaping, text widths, axis ticks, colours.
 *
 * Colours are attributes, so that a chart is complete in a file of its own, beside classes through which
 * the report's style sheet puts others in their place when the page is dark.
 *
 * @module
 */

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

/** Text as XML and HTML take it, in elements and in quoted attributes; characters XML forbids become "�". */
export function escapeXml(text: string): string {
  const entities: Record<string, string> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.toWellFormed()
    // deno-lint-ignore no-control-regex -- these are just what XML 1.0 cannot hold
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
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

export function label(text: string, style: LabelStyle): string {
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
    escapeXml(text)
  }</text>`;
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
  return Array.from(text).reduce((sum, letter) => sum + letterWidth(letter), 0);
}

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

/** The text, or its longest beginning with an ellipsis, within a width in em. */
export function shorten(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = "";
  for (const { segment } of graphemes.segment(text)) {
    if (textWidth(`${kept}${segment}…`) > width) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
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
