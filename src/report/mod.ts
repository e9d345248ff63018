/**
 * The report room: what people look at. Plain data in, pictures and pages out.
 *
 * @module
 */

export { confusionSvg } from "./confusion.ts";
export { type ComparedRun, comparisonSvg } from "./comparison.ts";
export { type CurvePoint, type Curves, curvesSvg, ratesSvg } from "./curves.ts";
export { gridSvg, type PredictedPicture } from "./grid.ts";
export {
  type Facts,
  type ReportData,
  type ReportedModel,
  reportHtml,
  surest,
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
} from "./metrics.ts";
export { svgToPng } from "./svg_to_png.ts";
