import { deepStrictEqual, strictEqual, throws } from "@std/assert";
import fc from "fast-check";
import { crc32, inflateSync } from "node:zlib";
import { encodePng } from "./encode_png.ts";

interface Decoded {
  width: number;
  height: number;
  pixels: Uint8Array;
}

/** A reader for just what the writer writes, with every checksum verified. */
function decode(file: Uint8Array): Decoded {
  deepStrictEqual([...file.subarray(0, 8)], [137, 80, 78, 71, 13, 10, 26, 10]);
  const view = new DataView(file.buffer);
  const chunks = new Map<string, Uint8Array>();
  for (let offset = 8; offset < file.length;) {
    const length = view.getUint32(offset);
    const type = new TextDecoder().decode(
      file.subarray(offset + 4, offset + 8),
    );
    strictEqual(
      view.getUint32(offset + 8 + length),
      crc32(file.subarray(offset + 4, offset + 8 + length)),
    );
    chunks.set(type, file.slice(offset + 8, offset + 8 + length));
    offset += length + 12;
  }
  deepStrictEqual([...chunks.keys()], ["IHDR", "IDAT", "IEND"]);
  const header = chunks.get("IHDR") ?? new Uint8Array();
  deepStrictEqual([...header.subarray(8)], [8, 2, 0, 0, 0]);
  const size = new DataView(header.buffer);
  const [width, height] = [size.getUint32(0), size.getUint32(4)];
  const rows = inflateSync(chunks.get("IDAT") ?? new Uint8Array());
  const pixels = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    strictEqual(rows[y * (width * 3 + 1)], 2);
    for (let x = 0; x < width * 3; x++) {
      pixels[y * width * 3 + x] = rows[y * (width * 3 + 1) + 1 + x] +
        (y > 0 ? pixels[(y - 1) * width * 3 + x] : 0);
    }
  }
  return { width, height, pixels };
}

Deno.test("encodePng() keeps every pixel of any picture", () => {
  const pictures = fc.tuple(
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 1, max: 9 }),
  ).chain(([width, height]) =>
    fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      pixels: fc.uint8Array({
        minLength: width * height * 3,
        maxLength: width * height * 3,
      }),
    })
  );
  fc.assert(fc.property(pictures, (picture) => {
    deepStrictEqual(decode(encodePng(picture)), { ...picture });
  }));
});

Deno.test("encodePng() refuses pixels that do not match the size", () => {
  throws(
    () => encodePng({ width: 2, height: 2, pixels: new Uint8Array(11) }),
    /2x2.*11 bytes/,
  );
  throws(
    () => encodePng({ width: 0, height: 2, pixels: new Uint8Array() }),
    RangeError,
  );
});
