/**
 * The picture of predictions: photos in rows and columns, each with its label under it.
 *
 * @module
 */

import {
  attributes,
  drawing,
  escapeXml,
  label,
  shortenAll,
  textWidth,
} from "./_svg.ts";

/** A picture and what the classifier says of it. */
export interface PredictedPicture {
  /** The file, as the user would name it. */
  readonly path: string;
  /** What it is said to be. */
  readonly label: string;
  /** Probability of the prediction, 0 to 1. */
  readonly confidence: number;
  /** The true label, where it is known. */
  readonly truth?: string | undefined;
  /** A small picture as a `data:image/jpeg;base64,...` or `data:image/png;base64,...` address; anything else is left out. */
  readonly thumbnail?: string | undefined;
}

/** Pixels. */
const cellSize = 224;
const gap = 16;
const fontSize = 16;
const lineHeight = 22;
const confidenceWidth = 56;
const columnsAtMost = 4;

/**
 * Draws the photos in reading order on white, as an SVG file. A wrong label is red and has the truth below
 * it, a label without a known truth is grey. The reader's fonts write the labels; one that is too long loses
 * its middle and never leaves its cell, and a cell that is pointed at names itself in full.
 *
 * @throws {RangeError} if there are no pictures.
 *
 * @example
 * ```ts
 * import { ok } from "@std/assert";
 * const svg = gridSvg([{ path: "a.jpg", label: "sunflower", confidence: 0.9, truth: "daisy" }]);
 * ok(svg.includes("truth: daisy"));
 * ```
 */
export function gridSvg(pictures: readonly PredictedPicture[]): string {
  if (pictures.length === 0) {
    throw new RangeError("A grid needs at least one picture");
  }
  const lines = pictures.some((picture) => verdictOf(picture) === "wrong")
    ? 2
    : 1;
  const pitch = {
    x: cellSize + gap,
    y: cellSize + gap + lines * lineHeight + 8,
  };
  const columns = Math.min(columnsAtMost, pictures.length);
  const texts = textsOf(pictures);
  const cells = pictures.map((picture, index) =>
    drawCell(picture, {
      ...texts(index),
      left: gap + (index % columns) * pitch.x,
      top: gap + Math.floor(index / columns) * pitch.y,
    })
  );
  return drawing(labelBoxes + cells.join(""), {
    width: columns * pitch.x + gap,
    height: Math.ceil(pictures.length / columns) * pitch.y + gap,
    title: "Pictures with their predicted labels",
  });
}

/** Whether the prediction is the truth, as far as it is known. */
export function verdictOf(
  { label, truth }: PredictedPicture,
): "right" | "wrong" | "unknown" {
  return truth === undefined ? "unknown" : truth === label ? "right" : "wrong";
}

/** The address of the small picture, if it is one of a picture that brings nothing else with it. */
export function thumbnailOf(
  { thumbnail }: PredictedPicture,
): string | undefined {
  return thumbnail !== undefined &&
      /^data:image\/(?:png|jpeg);base64,[\w+/]+=*$/.test(thumbnail)
    ? thumbnail
    : undefined;
}

/** A probability in whole percents; nothing where it is no number. */
export function confidenceText(confidence: number): string {
  return Number.isFinite(confidence) ? `${Math.round(confidence * 100)} %` : "";
}

const tones = { right: "ink", wrong: "wrong", unknown: "muted" } as const;

/** What text may fill within a cell: the first line beside the confidence, the second all of it. */
const labelBoxes = `<defs>${
  ([["first", cellSize - confidenceWidth], ["second", cellSize]] as const)
    .map(([id, width], line) => {
      const box = {
        y: cellSize + line * lineHeight,
        width,
        height: lineHeight + 4,
      };
      return `<clipPath id="${id}"><rect${attributes(box)}/></clipPath>`;
    }).join("")
}</defs>`;

/** What is written under each picture: names that are too long are cut, and stay apart. */
function textsOf(
  pictures: readonly PredictedPicture[],
): (index: number) => { said: string; truth: string } {
  const room = (width: number, word = "") => width / fontSize - textWidth(word);
  const said = shortenAll(
    pictures.map(({ label }) => label),
    room(cellSize - confidenceWidth),
  );
  const truths = shortenAll(
    pictures.map(({ truth = "" }) => truth),
    room(cellSize, truthWord),
  );
  return (index) => ({ said: said[index], truth: truths[index] });
}

const truthWord = "truth: ";

function drawCell(
  picture: PredictedPicture,
  { said, truth, left, top }: {
    said: string;
    truth: string;
    left: number;
    top: number;
  },
): string {
  const verdict = verdictOf(picture);
  const confidence = confidenceText(picture.confidence);
  const meaning = `${picture.path}: ${picture.label} ${confidence}`;
  const baseline = cellSize + lineHeight - 3;
  const parts = [
    `<title>${escapeXml(meaning.trimEnd())}</title>`,
    drawThumbnail(thumbnailOf(picture)),
    drawText(said, {
      box: "first",
      tone: tones[verdict],
      y: baseline,
    }),
    confidence && label(confidence, {
      x: cellSize,
      y: baseline,
      anchor: "end",
      size: fontSize,
      tone: "muted",
    }),
  ];
  if (verdict === "wrong") {
    parts.push(drawText([truthWord, truth], {
      box: "second",
      tone: "muted",
      y: baseline + lineHeight,
    }));
  }
  return `<g transform="translate(${left} ${top})">${parts.join("")}</g>`;
}

/** On its mat, in the middle, its aspect kept; the pixels of a tiny picture, which is a PNG, stay squares. */
function drawThumbnail(address: string | undefined): string {
  const square = { width: cellSize, height: cellSize };
  const mat = `<rect${
    attributes({ ...square, fill: "#f3f3f0", class: "mat" })
  }/>`;
  if (address === undefined) return mat;
  const look = address.startsWith("data:image/png")
    ? { "image-rendering": "optimizeSpeed", style: "image-rendering:pixelated" }
    : {};
  return mat + `<image${attributes({ ...square, ...look, href: address })}/>`;
}

function drawText(
  text: string | readonly string[],
  { box, tone, y }: {
    box: "first" | "second";
    tone: "ink" | "wrong" | "muted";
    y: number;
  },
): string {
  return `<g clip-path="url(#${box})">${
    label(text, { x: 0, y, size: fontSize, tone })
  }</g>`;
}
