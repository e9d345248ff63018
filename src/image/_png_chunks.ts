import { latin1 } from "./sniff.ts";

/** One chunk of a PNG file. */
export interface PngChunk {
  readonly name: string;
  readonly body: Uint8Array;
  /** The chunk with its length, name and checksum. */
  readonly whole: Uint8Array;
}

/** Bytes before the first chunk. */
export const pngSignatureBytes = 8;

/** Yields the chunks of a PNG file up to its end chunk; one that is cut off is left out. Checksums are not checked. */
export function* pngChunks(bytes: Uint8Array): Generator<PngChunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let start = pngSignatureBytes;
  while (start + 12 <= bytes.length) {
    const length = view.getUint32(start);
    const end = start + 12 + length;
    if (end > bytes.length) return;
    const name = latin1(bytes, start + 4, start + 8);
    const body = bytes.subarray(start + 8, end - 4);
    yield { name, body, whole: bytes.subarray(start, end) };
    if (name === "IEND") return;
    start = end;
  }
}
