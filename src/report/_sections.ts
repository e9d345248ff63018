/**
 * The parts of the report's page.
 *
 * @module
 */

import { escapeXml } from "./_svg.ts";
import type { SkippedFile } from "../data/records.ts";
import type { Facts, Mistake, ReportData } from "./html.ts";
import {
  type Accuracy,
  accuracyOfMatrix,
  classMetrics,
  type ConfusionMatrix,
  macroF1,
} from "./metrics.ts";

const mostMistakes = 60;
const mostSkipped = 200;

/** The test accuracy in large figures with its interval, and what it was measured on. */
export function headline(data: ReportData): string {
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

/** Each warning as a paragraph. */
export function warningList(warnings: readonly string[]): string {
  return warnings.map((warning) =>
    `<p class="note">${escapeXml(warning)}</p>\n`
  ).join("");
}

/** Support, precision, recall and F1 of each class, then their means. */
export function classTable(
  labels: readonly string[],
  matrix: ConfusionMatrix,
): string {
  const metrics = classMetrics(matrix);
  const rows = metrics.map(({ support, precision, recall, f1 }, index) =>
    `<tr><th scope="row">${
      escapeXml(labels[index])
    }</th><td class="number">${support}</td>` +
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

/** The mistakes made with the most confidence first, of `total` that there were. */
export function mistakeList(
  mistakes: readonly Mistake[],
  { total }: { total: number },
): string {
  if (mistakes.length === 0) return "";
  const worst = mistakes.toSorted((one, other) =>
    other.confidence - one.confidence
  ).slice(0, mostMistakes);
  const items = worst.map(
    ({ path, truth, predicted, confidence, thumbnail }) => {
      const picture = thumbnail?.startsWith("data:image/")
        ? `<img src="${escapeXml(thumbnail)}" alt="" loading="lazy">`
        : `<span class="blank"></span>`;
      return `<li>${picture}<span class="wrong">${
        escapeXml(predicted)
      }</span> ${percent(confidence)}<br>` +
        `truth: ${escapeXml(truth)}<span class="path">${
          escapeXml(path)
        }</span></li>`;
    },
  );
  const rest = total > worst.length ? `, of which these ${worst.length}` : "";
  return `<p class="quiet">${
    count(total, "picture")
  }${rest}, the most confident first.</p>
<ul class="mistakes">
${items.join("\n")}
</ul>
`;
}

/** Files that could not be used and why. */
export function skippedTable(skipped: readonly SkippedFile[]): string {
  if (skipped.length === 0) return "";
  const rows = skipped.slice(0, mostSkipped).map(({ path, reason }) =>
    `<tr><td>${escapeXml(path)}</td><td>${escapeXml(reason)}</td></tr>`
  );
  const rest = skipped.length > rows.length
    ? ` The first ${rows.length} are:`
    : "";
  return `<p class="quiet">${
    count(skipped.length, "file")
  } could not be used; <code>skipped.csv</code> has all.${rest}</p>
<table>
<thead><tr><th>File</th><th>Why</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>
`;
}

/** Names and values. */
export function factTable(
  facts: Facts,
  { code = false }: { code?: boolean } = {},
): string {
  const rows = Object.entries(facts).map(([name, value]) =>
    `<tr><th scope="row">${escapeXml(name)}</th><td>${
      escapeXml(String(value ?? "not set"))
    }</td></tr>`
  );
  if (rows.length === 0) return "";
  return `<table class="facts${code ? " code" : ""}"><tbody>\n${
    rows.join("\n")
  }\n</tbody></table>\n`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
