/**
 * Pictures -> features: a frozen graph up to its bottleneck.
 *
 * @module
 */
export {
  extractRows,
  type ExtractTools,
  type FeatureEvent,
  type FeatureRequest,
  type PictureSource,
  type RowCache,
  type RowExtractor,
} from "./extract.ts";
export {
  type ExtractorOptions,
  FeatureExtractor,
  openExtractor,
} from "./extractor.ts";
export {
  type Converted,
  convertedFormats,
  convertModel,
  type ConvertOptions,
} from "./convert_model.ts";
export {
  type GraphInput,
  type GraphPlan,
  inspectGraph,
  type Inspection,
  type InspectOptions,
} from "./describe_model.ts";
export {
  type ChannelOrder,
  channelOrders,
  type CropMode,
  cropModes,
  type Interpolation,
  interpolations,
  type ModelOptions,
  normalise,
  type PixelValues,
  type Preprocessing,
} from "./preprocessing.ts";
export type {
  OwnPictures,
  PicturesBeside,
  Said,
  SaidPictures,
} from "./pictures_beside.ts";
export type { OnnxPictures } from "./onnx_pictures.ts";
export { type FeatureModel, openModel } from "./model.ts";
export type {
  ExternalData,
  OnnxAttribute,
  OnnxAttributeValues,
  OnnxDimension,
  OnnxGraph,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxValue,
} from "../onnx/model.ts";
export type { PictureLayout } from "../onnx/to_onnx.ts";
export { inspectOnnx, settingsOfOnnx } from "./onnx_model.ts";
export type { Precision } from "../../kernels/half.ts";
export type { Resampling } from "../../kernels/resample_images.ts";
export {
  differenceFromFull,
  differenceOf,
  differenceText,
  type RowDifference,
} from "./precision.ts";
export {
  errorOfFile,
  graphOfFile,
  locateModel,
  type ModelFile,
  type ModelLocation,
  type ModelRequest,
  openModelFile,
  readModelFile,
  type ResolvedModel,
  resolveModel,
} from "./resolve.ts";
export {
  type FedTensor,
  runGraph,
  type RunGraphOptions,
  type TensorValue,
} from "./run_graph.ts";
export type { WeightModel, WeightOrigin } from "./weight_model.ts";
export * from "./extract_features.ts";
export * from "./extract_pictures.ts";
export {
  type ResolvedViews,
  resolveViews,
  type Views,
  type ViewsRequest,
} from "./views.ts";
export type { Decoders, RgbImage } from "../image/mod.ts";
