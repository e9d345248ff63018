import { ok, rejects, strictEqual } from "@std/assert";
import { createHash } from "node:crypto";
import fc from "fast-check";
import golden from "../../tests/golden/images.json" with { type: "json" };
import { InputError } from "../errors.ts";
import { decodeImage } from "./decode.ts";

const fixtures = new URL("../../tests/fixtures/images/", import.meta.url);

function fixture(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return Deno.readFile(new URL(name, fixtures));
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

for (const [name, expected] of Object.entries(golden)) {
  Deno.test(`decodeImage() gives TensorFlow's pixels for ${name}`, async () => {
    const bytes = await fixture(name);
    const stored = await decodeImage(bytes, { exif: false });
    strictEqual(sha256(stored.pixels), expected.stored);
    const upright = await decodeImage(bytes);
    strictEqual(upright.width, expected.width);
    strictEqual(upright.height, expected.height);
    strictEqual(sha256(upright.pixels), expected.upright);
    strictEqual(upright.warning, undefined);
  });
}

for (
  const name of [
    "baseline_420.jpg",
    "progressive.jpg",
    "gray.jpg",
  ]
) {
  Deno.test(`decodeImage() decodes ${name} without its end marker, and warns`, async () => {
    const bytes = await fixture(name);
    const whole = await decodeImage(bytes);
    const cut = await decodeImage(bytes.subarray(0, -2));
    strictEqual(sha256(cut.pixels), sha256(whole.pixels));
    strictEqual(cut.warning, "lacks its JPEG end marker; the picture is whole");
  });
}

for (
  const name of [
    "baseline_420.jpg",
    "progressive.jpg",
    "gray.jpg",
    "cmyk_adobe.jpg",
  ]
) {
  Deno.test(`decodeImage() refuses ${name} cut anywhere before its last bytes`, async () => {
    const bytes = await fixture(name);
    for (let length = 3; length < bytes.length - 12; length += 7) {
      await rejects(
        decodeImage(bytes.subarray(0, length)),
        refusal(/^truncated JPEG/),
        `${length} bytes`,
      );
    }
  });
}

Deno.test("decodeImage() refuses a PNG cut in half, and one with a wrong checksum", async () => {
  const bytes = await fixture("rgb8.png");
  await rejects(
    decodeImage(bytes.subarray(0, bytes.length / 2)),
    refusal(/^truncated PNG; copy or download it again$/),
  );
  bytes[45] ^= 0xff;
  await rejects(
    decodeImage(bytes),
    refusal(/^damaged PNG; copy or download it again$/),
  );
});

Deno.test("decodeImage() decodes a PNG without its end chunk, and warns", async () => {
  const bytes = await fixture("rgb8.png");
  const image = await decodeImage(bytes.subarray(0, -12));
  strictEqual(sha256(image.pixels), golden["rgb8.png"].upright);
  strictEqual(image.warning, "lacks its PNG end chunk; the picture is whole");
});

Deno.test("decodeImage() overlooks a PNG comment with a wrong checksum", async () => {
  const bytes = await fixture("rgb8.png");
  const endOfHeader = 33;
  const comment = [
    0,
    0,
    0,
    1,
    ...new TextEncoder().encode("tEXt"),
    65,
    1,
    2,
    3,
    4,
  ];
  const image = await decodeImage(
    Uint8Array.from([
      ...bytes.subarray(0, endOfHeader),
      ...comment,
      ...bytes.subarray(endOfHeader),
    ]),
  );
  strictEqual(sha256(image.pixels), golden["rgb8.png"].upright);
});

Deno.test("decodeImage() takes the still picture of an animated PNG", async () => {
  const bytes = await fixture("rgb8.png");
  const endOfHeader = 33;
  const animation = Uint8Array.fromHex(
    "000000086163544c0000000200000000f38d9370",
  );
  const image = await decodeImage(
    Uint8Array.from([
      ...bytes.subarray(0, endOfHeader),
      ...animation,
      ...bytes.subarray(endOfHeader),
    ]),
  );
  strictEqual(sha256(image.pixels), golden["rgb8.png"].upright);
});

const otherFrames = [
  [0xc3, "lossless JPEG"],
  [0xc5, "hierarchical JPEG"],
  [0xc6, "hierarchical JPEG"],
  [0xc7, "hierarchical JPEG"],
  [0xcb, "lossless JPEG"],
  [0xcd, "hierarchical JPEG"],
  [0xce, "hierarchical JPEG"],
  [0xcf, "hierarchical JPEG"],
  [0xf7, "JPEG-LS"],
] as const;

for (const [marker, kind] of otherFrames) {
  Deno.test(`decodeImage() says of frame marker ${marker.toString(16)} that ${kind} is not supported`, async () => {
    const bytes = await fixture("baseline_420.jpg");
    const frame = bytes.findIndex((byte, at) =>
      byte === 0xff && bytes[at + 1] === 0xc0
    );
    bytes[frame + 1] = marker;
    await rejects(decodeImage(bytes), {
      name: "InputError",
      message:
        `${kind} is not supported; save it again as PNG or as an ordinary JPEG`,
    });
  });
}

Deno.test("decodeImage() says of a JPEG of 12 bits that it is not supported", async () => {
  const bytes = await fixture("baseline_420.jpg");
  const frame = bytes.findIndex((byte, at) =>
    byte === 0xff && bytes[at + 1] === 0xc0
  );
  bytes[frame + 1] = 0xc1;
  bytes[frame + 4] = 12;
  await rejects(decodeImage(bytes), {
    message: "a JPEG of 12 bits a sample is not supported; save it with 8 bits",
  });
});

Deno.test("decodeImage() takes no memory for pixels that a file cannot hold", async () => {
  const bytes = await fixture("baseline_420.jpg");
  const frame = bytes.findIndex((byte, at) =>
    byte === 0xff && bytes[at + 1] === 0xc0
  );
  new DataView(bytes.buffer).setUint32(frame + 5, (9_000 << 16) | 9_000);
  const start = performance.now();
  await rejects(decodeImage(bytes), refusal(/^truncated JPEG/));
  ok(performance.now() - start < 300);
});

Deno.test("decodeImage() refuses a GIF and a WebP cut in half", async () => {
  for (
    const [name, reason] of [[
      "still.gif",
      /^damaged GIF; copy or download it again$/,
    ], [
      "lossy.webp",
      /^truncated WebP/,
    ]] as const
  ) {
    const bytes = await fixture(name);
    await rejects(
      decodeImage(bytes.subarray(0, bytes.length / 2)),
      refusal(reason),
    );
  }
});

Deno.test("decodeImage() decodes a JPEG followed by garbage", async () => {
  const bytes = await fixture("baseline_420.jpg");
  const longer = new Uint8Array(bytes.length + 5000).fill(0xa5);
  longer.set(bytes);
  const image = await decodeImage(longer);
  strictEqual(sha256(image.pixels), golden["baseline_420.jpg"].upright);
  strictEqual(image.warning, undefined);
});

Deno.test("decodeImage() warns of a progressive JPEG that ends before its last scan", async () => {
  const bytes = await fixture("progressive.jpg");
  const lastScan = bytes.findLastIndex((byte, at) =>
    byte === 0xff && bytes[at + 1] === 0xda
  );
  const image = await decodeImage(
    Uint8Array.from([...bytes.subarray(0, lastScan), 0xff, 0xd9]),
  );
  strictEqual(
    image.warning,
    "lacks scans of its JPEG; decoded less sharp than it was",
  );
});

Deno.test("decodeImage() warns of a JPEG with damaged data that could be decoded", async () => {
  const bytes = await fixture("restart_markers.jpg");
  const restart = bytes.findIndex((byte, at) =>
    byte === 0xff && bytes[at + 1] === 0xd0
  );
  const image = await decodeImage(
    Uint8Array.from([
      ...bytes.subarray(0, restart),
      1,
      2,
      3,
      ...bytes.subarray(restart),
    ]),
  );
  ok(image.warning?.startsWith("is a damaged JPEG ("), image.warning);
});

Deno.test("decodeImage() refuses bombs by their headers", async () => {
  const png = await fixture("rgb8.png");
  new DataView(png.buffer).setUint32(16, 100_000);
  new DataView(png.buffer).setUint32(20, 100_000);
  await rejects(
    decodeImage(png),
    refusal(
      /^a PNG of 100000 x 100000 pixels is over the limit of 100000000 pixels/,
    ),
  );
  const jpeg = await fixture("baseline_420.jpg");
  const frame = jpeg.findIndex((byte, at) =>
    byte === 0xff && jpeg[at + 1] === 0xc0
  );
  new DataView(jpeg.buffer).setUint32(frame + 5, (65_500 << 16) | 65_500);
  await rejects(
    decodeImage(jpeg),
    refusal(/^a JPEG of 65500 x 65500 pixels is over the limit/),
  );
  await rejects(
    decodeImage(await fixture("rgb8.png"), { maxPixels: 100 }),
    refusal(/over the limit of 100 pixels/),
  );
});

Deno.test("decodeImage() refuses a header that says another size than the data has", async () => {
  const jpeg = await fixture("baseline_420.jpg");
  const frame = jpeg.findIndex((byte, at) =>
    byte === 0xff && jpeg[at + 1] === 0xc0
  );
  new DataView(jpeg.buffer).setUint16(frame + 5, 310);
  await rejects(decodeImage(jpeg), refusal(/^truncated JPEG/));
});

Deno.test("decodeImage() works on after a file that its decoder exits on", async () => {
  const bytes = await fixture("baseline_420.jpg");
  const scan = bytes.findIndex((byte, at) =>
    byte === 0xff && bytes[at + 1] === 0xda
  );
  const broken = bytes.slice();
  broken[scan + 6] = 0x77; // a Huffman table that does not exist
  await rejects(
    decodeImage(broken),
    refusal(/^damaged JPEG: Huffman table 0x07 was not defined; copy/),
  );
  strictEqual(
    sha256((await decodeImage(bytes)).pixels),
    golden["baseline_420.jpg"].upright,
  );
});

for (
  const name of [
    "baseline_420.jpg",
    "progressive.jpg",
    "cmyk_adobe.jpg",
    "rgb8.png",
    "palette4.png",
    "still.gif",
    "lossy.webp",
  ]
) {
  Deno.test(`decodeImage() decodes or refuses every mutation of ${name}, and nothing else`, async () => {
    const bytes = await fixture(name);
    const edit = fc.tuple(
      fc.nat(bytes.length - 1),
      fc.integer({ min: 0, max: 255 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(edit, { minLength: 1, maxLength: 8 }),
        fc.nat(bytes.length),
        async (edits, cut) => {
          const mutant = bytes.slice(0, cut % 3 === 0 ? cut : bytes.length);
          for (const [at, value] of edits) {
            if (at < mutant.length) mutant[at] = value;
          }
          await decodesOrRefuses(mutant);
        },
      ),
      { numRuns: 60 },
    );
  });
}

async function decodesOrRefuses(bytes: Uint8Array): Promise<void> {
  try {
    const { width, height, pixels } = await decodeImage(bytes, {
      maxPixels: 1e6,
    });
    strictEqual(pixels.length, width * height * 3);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    ok(error.message.length > 0 && !error.message.includes("\n"));
  }
}

function refusal(pattern: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof InputError && pattern.test(error.message);
}
