/**
 * The picture of a confusion matrix.
 *
 * @module
 */

import {
  attributes,
  drawing,
  escapeXml,
  label,
  palette,
  shortenAll,
  stroke,
  textWidth,
} from "./_svg.ts";
import type { ConfusionMatrix } from "./metrics.ts";

interface Layout {
  readonly labels: readonly string[];
  /** The labels as they fit. */
  readonly shown: readonly string[];
  readonly cell: number;
  readonly fontSize: number;
  readonly left: number;
  readonly top: number;
  readonly side: number;
  /** Degrees that the labels of the columns are turned by. */
  readonly turn: 0 | -45 | -90;
  /** Room for the labels of the columns, in pixels. */
  readonly foot: number;
}

/** Of the square of cells, in pixels. */
const sideAimedAt = 640;
const smallestCell = 9;
const widthOfKey = 300;
const largestCell = 64;
const smallestCellWithNumbers = 18;
/** In em. */
const longestLabel = 18;
/** From this share on white letters stand out better than dark ones. */
const lightestForWhite = 0.7;

/**
 * True classes in rows, predicted classes in columns, each cell shaded by its share of its row. Counts are
 * written where a cell has room for them; each cell names itself when pointed at.
 *
 * @throws {RangeError} if the matrix is not square with a row a label.
 *
 * @example
 * ```ts
 * import { ok } from "@std/assert";
 * ok(confusionSvg(["cat", "dog"], [[9, 1], [2, 8]]).includes("9"));
 * ```
 */
export function confusionSvg(
  labels: readonly string[],
  matrix: ConfusionMatrix,
): string {
  if ([matrix, ...matrix].some((line) => line.length !== labels.length)) {
    throw new RangeError(
      `A confusion matrix of ${labels.length} classes needs that many rows and columns`,
    );
  }
  const layout = layOut(labels);
  const { left, top, side, foot } = layout;
  const cells = matrix.flatMap((row, truth) => drawRow(row, { truth, layout }));
  const frame = {
    x: left,
    y: top,
    width: side,
    height: side,
    fill: "none",
    ...stroke("muted"),
  };
  const body = [
    ...cells,
    `<rect${attributes(frame)}/>`,
    drawLabels(layout),
    drawTitles(layout),
    drawKey(layout),
  ];
  const width = left + Math.max(side + 24, widthOfKey);
  return drawing(body.join(""), {
    width,
    height: top + side + foot + 74,
    title: "Confusion matrix: true classes in rows, predicted in columns",
  });
}

function layOut(labels: readonly string[]): Layout {
  const cell = Math.min(
    largestCell,
    Math.max(
      smallestCell,
      Math.floor(sideAimedAt / Math.max(1, labels.length)),
    ),
  );
  const fontSize = Math.min(12, cell - 1);
  const shown = shortenAll(labels, longestLabel);
  const longest = Math.max(0, ...shown.map(textWidth)) * fontSize;
  const turn = longest < cell - 4 ? 0 : cell >= fontSize * 1.5 ? -45 : -90;
  const foot = turn === 0
    ? fontSize + 8
    : turn === -45
    ? longest * Math.SQRT1_2 + fontSize + 4
    : longest + 10;
  return {
    labels,
    shown,
    cell,
    fontSize,
    left: longest + 48,
    top: 16,
    side: cell * labels.length,
    turn,
    foot,
  };
}

function drawRow(
  row: readonly number[],
  { truth, layout }: { truth: number; layout: Layout },
): string[] {
  const { cell, left, top, labels } = layout;
  const total = row.reduce((sum, count) => sum + count, 0);
  return row.flatMap((count, predicted) => {
    if (count === 0) return [];
    const share = count / total;
    const [x, y] = [left + predicted * cell, top + truth * cell];
    const square = {
      x,
      y,
      width: cell,
      height: cell,
      fill: palette.heat,
      "fill-opacity": 0.06 + 0.94 * share,
      class: "heat",
    };
    const meaning = `${labels[truth]} called ${
      labels[predicted]
    }: ${count} of ${total}`;
    const number = cell < smallestCellWithNumbers ? "" : label(String(count), {
      x: x + cell / 2,
      y: y + cell / 2 + layout.fontSize * 0.36,
      anchor: "middle",
      size: Math.min(layout.fontSize + 1, cell * 1.5 / String(count).length),
      ...share > lightestForWhite ? { color: "#ffffff" } : { tone: "ink" },
    });
    return [
      `<g><title>${escapeXml(meaning)}</title><rect${
        attributes(square)
      }/>${number}</g>`,
    ];
  });
}

function drawLabels(
  { shown, cell, fontSize, left, top, side, turn }: Layout,
): string {
  const look = { size: fontSize, tone: "ink" } as const;
  return shown.map((text, index) => {
    const middle = (index + 0.5) * cell;
    const row = label(text, {
      ...look,
      x: left - 6,
      y: top + middle + fontSize * 0.36,
      anchor: "end",
    });
    const below = top + side;
    const column = turn === 0
      ? label(text, {
        ...look,
        x: left + middle,
        y: below + fontSize + 4,
        anchor: "middle",
      })
      : label(text, {
        ...look,
        x: left + middle + fontSize * 0.36,
        y: below + (turn === -45 ? fontSize * 0.8 : 6),
        anchor: "end",
        turn,
      });
    return row + column;
  }).join("");
}

function drawTitles({ left, top, side, foot }: Layout): string {
  const look = {
    anchor: "middle",
    weight: "bold",
    tone: "ink",
    size: 13,
  } as const;
  return label("true class", { ...look, x: 18, y: top + side / 2, turn: -90 }) +
    label("predicted class", {
      ...look,
      x: left + side / 2,
      y: top + side + foot + 18,
    });
}

function drawKey({ left, top, side, foot }: Layout): string {
  const steps = 10;
  const swatch = 10;
  const y = top + side + foot + 38;
  const squares = Array.from({ length: steps }, (_, index) => {
    const opacity = 0.06 + 0.94 * (index + 1) / steps;
    const square = {
      x: left + index * swatch,
      y,
      width: swatch,
      height: swatch,
      fill: palette.heat,
      "fill-opacity": opacity,
    };
    return `<rect${attributes({ ...square, class: "heat" })}/>`;
  });
  const text = label("0 to 100 % of the true class", {
    x: left + steps * swatch + 8,
    y: y + 9,
    size: 11,
    tone: "muted",
  });
  return squares.join("") + text;
}
