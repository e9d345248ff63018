/**
 * The report room: what people look at. Plain data in, pictures and pages out.
 *
 * @module
 */

export { type ComparedRun, comparisonSvg } from "./comparison.ts";
export { type ConfusionOptions, confusionSvg } from "./confusion.ts";
export {
  type CurvePoint,
  type Curves,
  type CurvesOptions,
  curvesSvg,
} from "./curves.ts";
export { drawGrid, type GridCell, type GridOptions } from "./grid.ts";
export {
  type Facts,
  type Mistake,
  type ReportData,
  type ReportedModel,
  reportHtml,
} from "./html.ts";
export {
  type Accuracy,
  accuracyOf,
  accuracyOfMatrix,
  type ClassMetrics,
  classMetrics,
  type ConfusionMatrix,
  confusionMatrix,
  macroF1,
  type Outcome,
} from "./metrics.ts";
export { ratesSvg } from "./rates.ts";
