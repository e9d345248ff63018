/**
 * The report room: what people look at. Plain data in, pictures and pages out.
 *
 * @module
 */

export { type ConfusionOptions, confusionSvg } from "./confusion.ts";
export {
  type ComparedRun,
  comparisonSvg,
  type CurvePoint,
  type Curves,
  type CurvesOptions,
  curvesSvg,
  ratesSvg,
} from "./curves.ts";
export { gridSvg, type PredictedPicture } from "./grid.ts";
export {
  type Facts,
  maxMistakes,
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
export { type DrawnPng, svgToPng } from "./svg_to_png.ts";
