import { deepStrictEqual, ok, strictEqual, throws } from "@std/assert";
import fc from "fast-check";
import golden from "../../tests/golden/images.json" with { type: "json" };
import { readHeader, storedPicture } from "./header.ts";

const fixtures = new URL("../../tests/fixtures/images/", import.meta.url);

function fixture(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(new URL(name, fixtures));
}

Deno.test("readHeader() reads size and orientation of every fixture", () => {
  for (const [name, expected] of Object.entries(golden)) {
    const header = readHeader(fixture(name));
    const sideways = expected.orientation >= 5;
    strictEqual(
      header.width,
      sideways ? expected.height : expected.width,
      name,
    );
    strictEqual(
      header.height,
      sideways ? expected.width : expected.height,
      name,
    );
    strictEqual(header.orientation, expected.orientation, name);
    strictEqual(header.truncated, false, name);
  }
});

Deno.test("storedPicture() says what readHeader() does, and nothing of what is no picture", () => {
  for (const name of Object.keys(golden)) {
    const { kind, orientation } = readHeader(fixture(name));
    deepStrictEqual(storedPicture(fixture(name)), { kind, orientation }, name);
  }
  strictEqual(storedPicture(new Uint8Array()), undefined);
  strictEqual(storedPicture(new TextEncoder().encode("<html>")), undefined);
});

Deno.test("readHeader() tells that the end of a JPEG, PNG or WebP is missing", () => {
  for (const name of ["baseline_420.jpg", "rgb8.png", "lossy.webp"]) {
    ok(readHeader(fixture(name).subarray(0, -2)).truncated, name);
  }
});

const brands = "\0\0\0\x18ftypheic\0\0\0\0mif1heic";
const refusals: readonly (readonly [string, string])[] = [
  ["", "an empty file (0 bytes); copy or download it again"],
  ["<html>404</html>", "an HTML page, not an image; download the image itself"],
  [
    brands,
    "HEIC is not supported; convert it with e.g. heif-convert IN.heic OUT.jpg",
  ],
  [
    "BM\0\0",
    "BMP is not supported; convert it with e.g. magick IN.bmp OUT.png",
  ],
  [
    "II*\0",
    "TIFF is not supported; convert it with e.g. magick IN.tif OUT.png",
  ],
  [
    "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n",
    "a Git LFS pointer, not the file itself; run git lfs pull",
  ],
  [
    "\xff\x0a..",
    "JPEG XL is not supported; convert it with e.g. djxl IN.jxl OUT.png",
  ],
  [
    "\0\0\0\x0cjP  \r\n\x87\n",
    "JPEG 2000 is not supported; convert it with e.g. magick IN.jp2 OUT.png",
  ],
  [
    "<svg>",
    "SVG is not supported; convert it with e.g. rsvg-convert IN.svg -o OUT.png",
  ],
  [
    "8BPS",
    "a Photoshop document is not supported; convert it with e.g. magick IN.psd[0] OUT.png",
  ],
  [
    "\0\0\x01\0",
    "an icon (ICO) is not supported; convert it with e.g. magick IN.ico[0] OUT.png",
  ],
  [
    "%PDF-1.7",
    "PDF is not supported; convert its pages with e.g. pdftoppm -png IN.pdf OUT",
  ],
  ["PK\x03\x04", "a ZIP archive, not an image; unpack it"],
  [
    `\x89PNG\r\n\x1a\n\0\0\0\x04CgBI${"\0".repeat(30)}`,
    "a PNG optimised for iPhones (CgBI) is not supported; convert it with e.g. pngcrush -revert-iphone-optimizations IN.png OUT.png",
  ],
  [
    `\x89PNG\r\n\x1a\n\0\0\0\x04IDAT${"\0".repeat(30)}`,
    "damaged PNG: it does not begin with its header; copy or download it again",
  ],
  [
    "GIF89a\x01\0\x01\0\0\0\0;",
    "a GIF without a picture in it",
  ],
  ["hello", "not a JPEG, PNG, WebP or GIF image"],
  [
    "\xff\xd8\xff\xe0\0\x10JF",
    "truncated JPEG: it ends before its picture begins; copy or download it again",
  ],
  ["\xff\xd8\xff\xd9", "a JPEG without a picture in it"],
  [
    "\x89PNG\r\n\x1a\n\0\0",
    "truncated PNG: it ends inside its header; copy or download it again",
  ],
  [
    "GIF89a",
    "truncated GIF: it ends inside its header; copy or download it again",
  ],
  [
    "RIFF\0\0\0\0WEBPVP8 ",
    "truncated WebP: it ends inside its header; copy or download it again",
  ],
];

for (const [start, message] of refusals) {
  Deno.test(`readHeader() refuses ${JSON.stringify(start)}`, () => {
    const bytes = Uint8Array.from(start, (letter) => letter.charCodeAt(0));
    throws(
      () => readHeader(bytes),
      { name: "InputError", message },
    );
  });
}

Deno.test("readHeader() refuses pictures of no pixels", () => {
  const bytes = fixture("rgb8.png");
  new DataView(bytes.buffer).setUint32(16, 0);
  throws(() => readHeader(bytes), {
    message: "a PNG of 0 x 31 pixels holds no picture",
  });
});

Deno.test("readHeader() refuses a JPEG whose height comes after its data", () => {
  const bytes = fixture("baseline_420.jpg");
  const frame = bytes.findIndex((byte, at) =>
    byte === 0xff && bytes[at + 1] === 0xc0
  );
  new DataView(bytes.buffer).setUint16(frame + 5, 0);
  throws(() => readHeader(bytes), {
    message:
      "a JPEG that says its height only after its data is not supported; save it again",
  });
});

Deno.test("readHeader() refuses animated WebP", () => {
  const bytes = fixture("exif_6.webp");
  bytes[20] |= 0x02;
  throws(() => readHeader(bytes), /animated WebP is not supported/);
});

Deno.test("readHeader() reads the orientation in both byte orders and takes a broken block for upright", () => {
  const little = [
    0x49,
    0x49,
    42,
    0,
    8,
    0,
    0,
    0,
    1,
    0,
    0x12,
    1,
    3,
    0,
    1,
    0,
    0,
    0,
    6,
    0,
    0,
    0,
  ];
  const big = [
    0x4d,
    0x4d,
    0,
    42,
    0,
    0,
    0,
    8,
    0,
    1,
    1,
    0x12,
    0,
    3,
    0,
    0,
    0,
    1,
    0,
    6,
    0,
    0,
  ];
  strictEqual(readHeader(withExif(little)).orientation, 6);
  strictEqual(readHeader(withExif(big)).orientation, 6);
  for (let length = 0; length < little.length; length++) {
    strictEqual(
      readHeader(withExif(little.slice(0, length))).orientation,
      1,
      `${length} bytes`,
    );
  }
  strictEqual(
    readHeader(withExif(little.with(18, 9))).orientation,
    1,
    "no such orientation",
  );
});

Deno.test("readHeader() survives any EXIF block", () => {
  const order = fc.constantFrom([0x49, 0x49, 42, 0], [0x4d, 0x4d, 0, 42]);
  fc.assert(
    fc.property(
      order,
      fc.array(fc.nat(255), { maxLength: 60 }),
      (start, rest) => {
        const { orientation } = readHeader(withExif([...start, ...rest]));
        ok(orientation >= 1 && orientation <= 8);
      },
    ),
  );
});

function withExif(block: readonly number[]): Uint8Array {
  const photo = fixture("baseline_420.jpg");
  const body = [...new TextEncoder().encode("Exif"), 0, 0, ...block];
  return Uint8Array.from([
    ...photo.subarray(0, 2),
    0xff,
    0xe1,
    0,
    body.length + 2,
    ...body,
    ...photo.subarray(2),
  ]);
}

Deno.test("readHeader() takes a picture's own header, not that of a thumbnail inside it", () => {
  const photo = fixture("baseline_420.jpg");
  const thumbnail = fixture("gray.jpg");
  const length = thumbnail.length + 2;
  const nested = Uint8Array.from([
    ...photo.subarray(0, 2),
    0xff,
    0xe2,
    length >> 8,
    length & 0xff,
    ...thumbnail,
    ...photo.subarray(2),
  ]);
  deepStrictEqual(readHeader(nested), readHeader(photo));
});
