/**
 * The image room: bytes of picture files to RGB, and back.
 *
 * @module
 */

export {
  augment,
  type Augmentation,
  defaultAugmentation,
  parseAugmentation,
  type PixelChange,
} from "./augment.ts";
export { decodeImage, type DecodeOptions, defaultMaxPixels } from "./decode.ts";
export { encodeJpeg } from "./encode_jpeg.ts";
export { type ImageHeader, readHeader } from "./header.ts";
export { type Orientation, turnUpright } from "./orientation.ts";
export {
  type Pixels,
  type PixelShape,
  pixelsOf,
  resizeImage,
  type ResizeOptions,
  toGray,
} from "./pixels.ts";
export {
  type Decoders,
  type DecodersOptions,
  type KnownFile,
  openDecoders,
  openPixelReaders,
  type PixelReaders,
  type ReadPixels,
} from "./decoders.ts";
export { type RgbImage, thumbnail } from "./rgb_image.ts";
export {
  type DecodableKind,
  extensionWarning,
  type ImageKind,
  kindNames,
  sniffImage,
} from "./sniff.ts";
export { encodePng } from "./encode_png.ts";
