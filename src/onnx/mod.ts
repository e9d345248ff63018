/**
 * ONNX: models from their bytes and back, and their graphs as ours.
 *
 * @module
 */
export { readExternalData, type WholeModel } from "./external_data.ts";
export {
  arePictures,
  importOnnx,
  type OnnxImportOptions,
  supportsOnnx,
} from "./import.ts";
export { halveInitializers } from "./halve.ts";
export * from "./model.ts";
export { fromPicture, type PictureResize } from "./picture_nodes.ts";
export { decodeOnnx, decodeOnnxTensor } from "./read.ts";
export { encodeOnnx } from "./write.ts";
export { type PictureLayout, toOnnx, type ToOnnxOptions } from "./to_onnx.ts";
export {
  fedInputs,
  likelyFeatures,
  neededOnnx,
  tensorNamed,
  withMeansOfClassified,
} from "./names.ts";
export { readTensorValues } from "./tensor.ts";
