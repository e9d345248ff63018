// @ts-types="./jsquash/webp_dec.d.ts"
import createWebpDecoder from "./jsquash/webp_dec.js";
import type { Rgba } from "./jsquash/webp_dec.d.ts";
import { EmscriptenCodec } from "./_emscripten.ts";
import { asCodecFailure, CodecFailure, RawCodec } from "./_raw_codec.ts";
import { dropAlpha, type RgbImage } from "./rgb_image.ts";
import { gifDecoder, jpegDecoder, pngDecoder, webpDecoder } from "./_wasm.js";

/** What libjpeg-turbo makes of a file. */
export interface JpegSamples {
  readonly width: number;
  readonly height: number;
  /** 3 for red, green and blue; 4 for CMYK, as the file has it. */
  readonly channels: number;
  /** `height * width * channels` bytes. */
  readonly samples: Uint8Array<ArrayBuffer>;
  /** There is an Adobe marker: the four inks are then stored inverted. */
  readonly isAdobe: boolean;
  /** What libjpeg had to say of damage that it worked round, the first time. */
  readonly complaint: string | undefined;
}

const webp = new EmscriptenCodec(createWebpDecoder, webpDecoder);

// Above this many pixels an instance has grown to hundreds of megabytes and is worth dropping.
const largePixels = 16e6;

/**
 * Decodes a JPEG exactly as libjpeg-turbo does with fancy upsampling: gray becomes RGB and YCCK CMYK on the way.
 *
 * @param isFast Whether the inverse DCT is TensorFlow's INTEGER_FAST instead of its INTEGER_ACCURATE.
 * @throws {CodecFailure} If libjpeg gives up.
 */
export function decodeJpegSamples(
  bytes: Uint8Array,
  { isFast }: { readonly isFast: boolean },
): JpegSamples {
  return asCodecFailure(() => {
    const codec = jpeg ?? new RawCodec(jpegDecoder);
    // It comes back when all has gone well: after a failure its memory is in doubt.
    jpeg = undefined;
    const decoded = jpegSamples(codec, bytes, isFast);
    if (decoded.width * decoded.height <= largePixels) jpeg = codec;
    return decoded;
  });
}

// A fresh one for each picture takes a quarter longer: its memory has to be cleared.
let jpeg: RawCodec | undefined;

function jpegSamples(
  codec: RawCodec,
  bytes: Uint8Array,
  isFast: boolean,
): JpegSamples {
  codec.complaint = undefined;
  const file = codec.write(bytes);
  const address = codec.call("decode", file, bytes.length, Number(isFast));
  const [width, height, channels, adobe] = [
    "width",
    "height",
    "channels",
    "adobe",
  ].map((name) => codec.call(name));
  const samples = codec.view(address, width * height * channels).slice();
  for (const done of [file, address]) codec.call("release", done);
  const { complaint } = codec;
  return { width, height, channels, samples, isAdobe: adobe === 1, complaint };
}

/**
 * Decodes a still WebP; alpha is dropped.
 *
 * @throws {CodecFailure} If libwebp gives up.
 */
export async function decodeWebpPixels(bytes: Uint8Array): Promise<RgbImage> {
  const { result } = await webp.call((codec) => codec.decode(bytes));
  return toRgb(result, webp);
}

function toRgb(
  rgba: Rgba | null,
  codec: { drop(): void },
): RgbImage {
  if (!rgba) throw new CodecFailure(undefined);
  const { width, height, data } = rgba;
  if (width * height > largePixels) codec.drop();
  return { width, height, pixels: dropAlpha(data) };
}

/**
 * Decodes a PNG of any kind to 8 bits; 16-bit samples lose their low byte and alpha is dropped, as in TensorFlow.
 *
 * @throws {CodecFailure} If the file is damaged.
 */
export function decodePngPixels(bytes: Uint8Array): RgbImage {
  return withInstance(pngDecoder, (codec) => {
    const status = codec.call("decode", codec.write(bytes), bytes.length);
    if (status < 0) throw new CodecFailure(undefined);
    const [width, height] = [codec.call("width"), codec.call("height")];
    return {
      width,
      height,
      pixels: dropAlpha(codec.view(status, width * height * 4)),
    };
  });
}

/**
 * Decodes the first frame of a GIF onto a canvas of that size, at its place; what it leaves out is black and what lies
 * outside is lost, as in TensorFlow.
 *
 * @throws {CodecFailure} If the file is damaged.
 */
export function decodeGifPixels(
  bytes: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
): RgbImage {
  return withInstance(gifDecoder, (codec) => {
    const unlimited = 0;
    const decoder = codec.call(
      "decoder_new",
      codec.write(bytes),
      bytes.length,
      unlimited,
    );
    const frame = decoder === 0 ? 0 : codec.call("decoder_frame", decoder);
    const ended = 1;
    if (frame === 0 || frame === ended) throw new CodecFailure(undefined);
    const [left, top, columns, rows] = ["x", "y", "width", "height"].map((
      name,
    ) => codec.call(`decoder_frame_${name}`, frame));
    const rgba = codec.view(
      codec.call("decoder_frame_buffer", frame),
      columns * rows * 4,
    );
    const pixels = new Uint8Array(width * height * 3);
    for (let pixel = 0; pixel < columns * rows; pixel++) {
      const row = top + Math.floor(pixel / columns);
      const column = left + pixel % columns;
      const isSeen = rgba[pixel * 4 + 3] > 0 && row < height && column < width;
      if (!isSeen) continue;
      const to = (row * width + column) * 3;
      pixels.set(rgba.subarray(pixel * 4, pixel * 4 + 3), to);
    }
    return { width, height, pixels };
  });
}

// imagescript's modules have no state worth keeping and start in well under a millisecond, so each
// image gets a fresh one, and none can leak or be left broken by a trap.
function withInstance<Result>(
  module: WebAssembly.Module,
  action: (codec: RawCodec) => Result,
): Result {
  return asCodecFailure(() => action(new RawCodec(module)));
}
