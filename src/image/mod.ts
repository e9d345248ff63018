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
export { decodeImage, decodersVersion } from "./decode.ts";
export { encodeJpeg } from "./encode_jpeg.ts";
export { kindNames } from "./sniff.ts";
export type { Pixels, PixelShape } from "./pixels.ts";
export {
  type Decoders,
  type DecodersOptions,
  openDecoders,
  openPixelReaders,
  type PixelReaders,
} from "./decoders.ts";
export { type RgbImage, thumbnail } from "./rgb_image.ts";
export { encodePng } from "./encode_png.ts";
