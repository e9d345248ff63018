/**
 * The report of a run: one page that needs nothing but itself.
 *
 * @module
 */

import {
  classTable,
  factTable,
  headline,
  mistakeList,
  skippedTable,
  warningList,
} from "./_sections.ts";
import type { SkippedFile } from "../data/records.ts";
import { escapeXml } from "./_svg.ts";
import { confusionSvg } from "./confusion.ts";
import { type Curves, curvesSvg } from "./curves.ts";
import {
  type Accuracy,
  accuracyOfMatrix,
  type ConfusionMatrix,
} from "./metrics.ts";
import styles from "./report.css" with { type: "text" };

/** Named values, shown in their order; undefined and null read "not set". */
export type Facts = Readonly<
  Record<string, string | number | boolean | null | undefined>
>;

/** A picture that was called something else than it is. */
export interface Mistake {
  /** The file, as the user would name it. */
  readonly path: string;
  /** The true label. */
  readonly truth: string;
  /** The label it was given. */
  readonly predicted: string;
  /** Probability of the prediction, 0 to 1. */
  readonly confidence: number;
  /** A small picture as a `data:image/...` address; anything else is left out. */
  readonly thumbnail?: string;
}

/** The frozen network of a run. */
export interface ReportedModel {
  /** Its name in the registry or its file's name. */
  readonly name: string;
  /** Where its weights come from and what may be expected of them. */
  readonly provenance?: string;
  /** Why it was taken, where nobody named it. */
  readonly reason?: string;
}

/** Everything a report shows. All text is plain: the report escapes it. */
export interface ReportData {
  /** The run's name. */
  readonly name: string;
  /** When it was made, as the reader should see it. */
  readonly created: string;
  /** The classes, in the order of the confusion matrix. */
  readonly labels: readonly string[];
  /** Number of pictures (or feature rows) in each split. */
  readonly images: {
    readonly train: number;
    readonly validation: number;
    readonly test: number;
  };
  /** Absent where features were given without a model. */
  readonly model?: ReportedModel;
  /** Accuracy on the validation split at the end. */
  readonly validation?: Accuracy;
  /** Loss and accuracy over the steps. */
  readonly curves: Curves;
  /** Counts on the test split; the test accuracy and the table of classes follow from it. */
  readonly confusion: ConfusionMatrix;
  /** Wrong predictions on the test split, all or the surest of them, in any order. */
  readonly mistakes: readonly Mistake[];
  /** The picture of predictions as a `data:image/...` address. */
  readonly grid?: string;
  /** Files that could not be used. */
  readonly skipped: readonly SkippedFile[];
  /** What the user was warned of. */
  readonly warnings: readonly string[];
  /** Every resolved flag. */
  readonly settings: Facts;
  /** Adapter, driver, Deno, version. */
  readonly environment: Facts;
  /** Digests of model, data and split. */
  readonly digests: Facts;
  /** The command that makes this run again; older runs did not keep it. */
  readonly command?: string;
}

interface Section {
  readonly id: string;
  readonly heading: string;
  readonly body: string;
}

/** Only what is inside the page may be shown, and no script runs, whatever a label says. */
const contentPolicy =
  "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/**
 * The report as an HTML file without scripts and without a single request, light or dark as the reader's
 * system is. Sections that have nothing to say are left out.
 *
 * @throws {RangeError} if the confusion matrix does not match the labels.
 *
 * @example
 * ```ts
 * import { ok } from "@std/assert";
 * const page = reportHtml({
 *   name: "flowers",
 *   created: "2025-05-01 10:00",
 *   labels: ["daisy", "<iris>"],
 *   images: { train: 80, validation: 10, test: 10 },
 *   curves: { train: [], validation: [] },
 *   confusion: [[5, 0], [1, 4]],
 *   mistakes: [],
 *   skipped: [],
 *   warnings: [],
 *   settings: { seed: 0 },
 *   environment: {},
 *   digests: {},
 *   command: "espalier train flowers --seed 0",
 * });
 * ok(page.includes("90.0 %") && page.includes("&lt;iris&gt;") && !page.includes("<iris>"));
 * ```
 */
export function reportHtml(data: ReportData): string {
  const sections = sectionsOf(data).filter(({ body }) => body !== "");
  const links = sections.map(({ id, heading }) =>
    `<a href="#${id}">${heading}</a>`
  ).join("");
  const parts = sections.map(({ id, heading, body }) =>
    `<section id="${id}"><h2>${heading}</h2>\n${body}</section>`
  );
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(data.name)}</title>
<style>
${styles}</style>
</head>
<body>
<header>
<h1>${escapeXml(data.name)}</h1>
<p class="quiet">${escapeXml(data.created)}</p>
<nav>${links}</nav>
</header>
${headline(data)}
${parts.join("\n")}
</body>
</html>
`;
}

function sectionsOf(data: ReportData): Section[] {
  const { labels, confusion } = data;
  const { correct, total } = accuracyOfMatrix(confusion);
  return [
    { id: "warnings", heading: "Warnings", body: warningList(data.warnings) },
    {
      id: "curves",
      heading: "Learning curves",
      body: scrolling(curvesSvg(data.curves)),
    },
    { id: "grid", heading: "Predictions", body: picture(data.grid) },
    {
      id: "confusion",
      heading: "Confusion",
      body: scrolling(confusionSvg(labels, confusion)),
    },
    { id: "classes", heading: "Classes", body: classTable(labels, confusion) },
    {
      id: "mistakes",
      heading: "Wrong predictions",
      body: mistakeList(data.mistakes, { total: total - correct }),
    },
    {
      id: "skipped",
      heading: "Skipped files",
      body: skippedTable(data.skipped),
    },
    { id: "settings", heading: "Settings", body: factTable(data.settings) },
    {
      id: "environment",
      heading: "Environment",
      body: factTable(data.environment),
    },
    {
      id: "digests",
      heading: "Digests",
      body: factTable(data.digests, { code: true }),
    },
    { id: "reproduce", heading: "Reproduce", body: reproduction(data.command) },
  ];
}

function scrolling(chart: string): string {
  return `<div class="scroll">${chart}</div>\n`;
}

function picture(address: string | undefined): string {
  if (!address?.startsWith("data:image/")) return "";
  const source = escapeXml(address);
  return `<p class="quiet">The label is black where right, red where wrong, grey where the truth is unknown.</p>
<img class="grid" src="${source}" alt="Test pictures with their predicted labels">
`;
}

function reproduction(command: string | undefined): string {
  if (command === undefined) {
    return `<p>This run did not keep its command: <code>run.json</code> and the settings above say what decided it.</p>\n`;
  }
  return `<p>This command makes the run again; with the same adapter, driver and data it gives the same bytes.</p>
<pre><code>${escapeXml(command)}</code></pre>
`;
}
