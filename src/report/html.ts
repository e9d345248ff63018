/**
 * The report of a run: one page that needs nothing but itself.
 *
 * @module
 */

import { counted } from "../plural.ts";
import { isJsonObject, type JsonValue } from "../bytes/json.ts";
import type { SkippedFile } from "../data/records.ts";
import { escapeXml } from "./_svg.ts";
import { confusionSvg } from "./confusion.ts";
import { type Curves, curvesSvg } from "./curves.ts";
import {
  confidenceText,
  type PredictedPicture,
  thumbnailOf,
  verdictOf,
} from "./grid.ts";
import {
  type Accuracy,
  accuracyOfMatrix,
  classMetrics,
  type ConfusionMatrix,
  macroF1,
} from "./metrics.ts";
import styles from "./report.css" with { type: "text" };

/** Named values, shown in their order; undefined and null read "not set", those of an object stand below its name. */
export type Facts = Readonly<Record<string, JsonValue | undefined>>;

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
  readonly validation?: Accuracy;
  readonly curves: Curves;
  /** Counts on the test split; the test accuracy and the table of classes follow from it. */
  readonly confusion: ConfusionMatrix;
  /** Wrong predictions on the test split, all or the surest of them, in any order. */
  readonly mistakes: readonly PredictedPicture[];
  /** Training pictures of the first batch, changed [none]. */
  readonly augmented?: readonly PredictedPicture[];
  /** Some of the test pictures, in the order in which they are shown. */
  readonly sample: readonly PredictedPicture[];
  readonly skipped: readonly SkippedFile[];
  readonly warnings: readonly string[];
  /** Every resolved flag. */
  readonly settings: Facts;
  /** Adapter, driver, Deno, version. */
  readonly environment: Facts;
  readonly digests: Facts;
  /** The command that makes this run again; older runs did not keep it. */
  readonly command?: string;
}

type Section = readonly [id: string, heading: string, body: string];

/** Wrong predictions that a report shows, the surest first. */
const maxMistakes = 60;
const maxSkipped = 200;

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
 *   sample: [],
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
  const sections = sectionsOf(data).filter(([, , body]) => body !== "");
  const links = sections.map(([id, heading]) =>
    `<a href="#${id}">${heading}</a>`
  ).join("");
  const parts = sections.map(([id, heading, body]) =>
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
<h1><bdi>${escapeXml(data.name)}</bdi></h1>
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
  const wrong = mistakeList(data.mistakes, { total: total - correct });
  const digests = factTable(data.digests, { code: true });
  return [
    ["warnings", "Warnings", warningList(data.warnings)],
    ["curves", "Learning curves", scrolling(curvesSvg(data.curves))],
    ["sample", "Predictions", sampleList(data.sample)],
    ["augmented", "First augmented batch", augmentedList(data.augmented)],
    ["confusion", "Confusion", scrolling(confusionSvg(labels, confusion))],
    ["classes", "Classes", classTable(labels, confusion)],
    ["mistakes", "Wrong predictions", wrong],
    ["skipped", "Skipped files", skippedTable(data.skipped)],
    ["settings", "Settings", factTable(data.settings)],
    ["environment", "Environment", factTable(data.environment)],
    ["digests", "Digests", digests],
    ["reproduce", "Reproduce", reproduction(data.command)],
  ];
}

function scrolling(chart: string): string {
  return `<div class="scroll">${chart}</div>\n`;
}

function reproduction(command: string | undefined): string {
  if (command === undefined) {
    return `<p>This run did not keep its command: <code>run.json</code> and the settings above say what decided it.</p>\n`;
  }
  return `<p>This command makes the run again; with the same adapter, driver and data it gives the same bytes.</p>
<pre><code>${escapeXml(command)}</code></pre>
`;
}

/** The test accuracy in large figures with its interval, and what it was measured on. */
function headline(data: ReportData): string {
  const { labels, images, model, validation } = data;
  const test = accuracyOfMatrix(data.confusion);
  const rows = [
    ["Classes", String(labels.length)],
    [
      "Images",
      `${images.train} to train, ${images.validation} to validate, ${images.test} to test`,
    ],
    ["Model", model?.name ?? "none: features were given"],
    [
      "Validation",
      validation && validation.total > 0
        ? `${percent(validation.accuracy)} of ${validation.total}`
        : "none",
    ],
  ];
  const facts = rows.map(([name, value]) =>
    `<dt>${name}</dt><dd>${escapeXml(value)}</dd>`
  ).join("");
  const notes = [model?.reason, model?.provenance].filter((note) =>
    note !== undefined
  )
    .map((note) => `<p class="note">${escapeXml(note)}</p>`);
  return `<div class="headline">${score(test)}<dl>${facts}</dl></div>\n${
    notes.join("\n")
  }`;
}

function score(test: Accuracy): string {
  if (test.total === 0) {
    return `<div><div class="score">–</div><p class="quiet">no test images</p></div>`;
  }
  const { accuracy, low, high, correct, total } = test;
  const at = (share: number) => `${(share * 100).toFixed(2)}%`;
  return `<div>
<div class="score">${percent(accuracy)}</div>
<div class="interval"><i style="left:${at(low)};width:${
    at(high - low)
  }"></i><b style="left:${at(accuracy)}"></b></div>
<p>test accuracy: ${correct} of ${total} right</p>
<p class="quiet">95 % interval: ${percent(low)} to ${percent(high)}</p>
</div>`;
}

function warningList(warnings: readonly string[]): string {
  return warnings.map((warning) =>
    `<p class="note">${escapeXml(warning)}</p>\n`
  ).join("");
}

/** Support, precision, recall and F1 of each class, then their means. */
function classTable(
  labels: readonly string[],
  matrix: ConfusionMatrix,
): string {
  const metrics = classMetrics(matrix);
  const rows = metrics.map(({ support, precision, recall, f1 }, index) =>
    `<tr><th scope="row"><bdi>${
      escapeXml(labels[index])
    }</bdi></th><td class="number">${support}</td>` +
    [precision, recall, f1].map(meter).join("") + "</tr>"
  );
  const mean = macroF1(metrics);
  const heads = ["Test images", "Precision", "Recall", "F1"].map((head) =>
    `<th class="number">${head}</th>`
  );
  return `<p class="quiet">Precision: of the images called this class, how many are. Recall: of the images of this class,
how many were found. F1: their harmonic mean. A dash stands where there is nothing to divide by.</p>
<div class="scroll"><table>
<thead><tr><th>Class</th>${heads.join("")}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
<tfoot><tr><th scope="row" colspan="4">Mean F1</th><td class="number">${
    mean === undefined ? "–" : percent(mean)
  }</td></tr></tfoot>
</table></div>
`;
}

function meter(share: number | undefined): string {
  if (share === undefined) return `<td class="number">–</td>`;
  const width = `${(share * 100).toFixed(1)}%`;
  return `<td class="number">${
    percent(share)
  }<span class="meter" style="--share:${width}"></span></td>`;
}

function sampleList(sample: readonly PredictedPicture[]): string {
  if (sample.length === 0) return "";
  return `<p class="quiet">A wrong label is red.</p>\n${pictureList(sample)}`;
}

function augmentedList(pictures: readonly PredictedPicture[] = []): string {
  if (pictures.length === 0) return "";
  return `<p class="quiet">Training pictures as the first batch has them; <code>augmented.png</code> shows them side by side.</p>\n${
    pictureList(pictures)
  }`;
}

/** The predictions of most confidence, as many as a report shows of mistakes. */
export function surest<P extends PredictedPicture>(
  predictions: readonly P[],
): P[] {
  return predictions
    .toSorted((one, other) => other.confidence - one.confidence)
    .slice(0, maxMistakes);
}

/** The mistakes made with the most confidence first, of `total` that there were. */
function mistakeList(
  mistakes: readonly PredictedPicture[],
  { total }: { total: number },
): string {
  if (mistakes.length === 0) return "";
  const worst = surest(mistakes);
  const rest = total > worst.length ? `, of which these ${worst.length}` : "";
  return `<p class="quiet">${
    counted(total, "picture")
  }${rest}, the most confident first.</p>\n${pictureList(worst)}`;
}

function pictureList(pictures: readonly PredictedPicture[]): string {
  const items = pictures.map((picture) => {
    const { path, label, confidence, truth } = picture;
    const verdict = verdictOf(picture);
    const thumbnail = thumbnailOf(picture);
    const image = thumbnail
      ? `<img src="${thumbnail}" alt="" loading="lazy">`
      : `<span class="blank"></span>`;
    const said = `<bdi class="${verdict}">${escapeXml(label)}</bdi> ${
      confidenceText(confidence)
    }`;
    const known = verdict === "wrong"
      ? `<br>truth: <bdi>${escapeXml(truth ?? "")}</bdi>`
      : "";
    return `<li>${image}${said}${known}<span class="path">${
      pathHtml(path)
    }</span></li>`;
  });
  return `<ul class="pictures">\n${items.join("\n")}\n</ul>\n`;
}

/** A path whose names each keep their own direction. */
function pathHtml(path: string): string {
  return path.split("/").map((name) =>
    /[^\x20-\x7e]/.test(name)
      ? `<bdi>${escapeXml(name)}</bdi>`
      : escapeXml(name)
  ).join("/");
}

function skippedTable(skipped: readonly SkippedFile[]): string {
  if (skipped.length === 0) return "";
  const rows = skipped.slice(0, maxSkipped).map(({ path, reason }) =>
    `<tr><td>${pathHtml(path)}</td><td>${escapeXml(reason)}</td></tr>`
  );
  const rest = skipped.length > rows.length
    ? ` The first ${rows.length} are:`
    : "";
  return `<p class="quiet">${
    counted(skipped.length, "file")
  } could not be used; <code>skipped.csv</code> has all.${rest}</p>
<table>
<thead><tr><th>File</th><th>Why</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>
`;
}

function factTable(
  facts: Facts,
  { code = false }: { code?: boolean } = {},
): string {
  const rows = factRows(facts, 0);
  if (rows.length === 0) return "";
  return `<table class="facts${code ? " code" : ""}"><tbody>\n${
    rows.join("\n")
  }\n</tbody></table>\n`;
}

/** A row a value; an object is a row of its own with its values below, further in. */
function factRows(facts: Facts, depth: number): string[] {
  const place = depth === 0 ? "" : ` style="--depth:${depth}"`;
  return Object.entries(facts).flatMap(([name, value]) =>
    isJsonObject(value)
      ? [
        `<tr><th scope="rowgroup" colspan="2"${place}>${
          escapeXml(name)
        }</th></tr>`,
        ...factRows(value, depth + 1),
      ]
      : [
        `<tr><th scope="row"${place}>${escapeXml(name)}</th><td>${
          escapeXml(factText(value))
        }</td></tr>`,
      ]
  );
}

function factText(value: JsonValue | undefined): string {
  if (Array.isArray(value)) {
    return value.length === 0 ? "none" : value.map(factText).join(", ");
  }
  return isJsonObject(value)
    ? JSON.stringify(value)
    : String(value ?? "not set") || "none";
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
