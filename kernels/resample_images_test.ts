import { deepStrictEqual, strictEqual } from "@std/assert";
import fc from "fast-check";
import { sha256 } from "../src/bytes/digest.ts";
import golden from "../tests/golden/resample.json" with { type: "json" };
import {
  packResampled,
  resampleImages,
  type Resampling,
  windowBytes,
} from "./resample_images.ts";
import { checkKernel, runKernel, testSession } from "./testing.ts";

interface Size {
  readonly height: number;
  readonly width: number;
}

/** The noise of the golden's script. */
function photo({ height, width }: Size, row = 0) {
  const rgb = Uint8Array.from(
    { length: height * width * 3 },
    (_, i) => Math.imul(i, 2654435761) >>> 24,
  );
  return { rgb, height, width, row };
}

function callOf(
  photos: readonly ReturnType<typeof photo>[],
  resampling: Resampling & { readonly out: Size },
) {
  const { pixels, table, windows } = packResampled(photos, resampling);
  const { out: { height, width } } = resampling;
  return {
    params: { count: photos.length, outHeight: height, outWidth: width },
    variant: {},
    reads: [pixels, table, windows],
    writes: [new Float32Array(photos.length * height * width * 3)],
  };
}

/** The golden's cases as calls, with the digest of what Pillow makes. */
function goldenCalls() {
  return golden.cases.map((
    { size: [height, width], out: [outHeight, outWidth], ...facts },
  ) => {
    const { filter, shorterSide, sha256 } = facts;
    const out = { height: outHeight, width: outWidth };
    const call = callOf([photo({ height, width })], {
      out,
      filter: filter === "bicubic" ? "bicubic" : "bilinear",
      ...shorterSide !== undefined && { shorterSide },
    });
    const name = `${height}x${width} to ${JSON.stringify(facts)}`;
    return { call, name, expected: sha256 };
  });
}

Deno.test("resampleImages() gives Pillow's bytes, from buffers and from texels", async () => {
  const session = await testSession();
  for (const { call, name, expected } of goldenCalls()) {
    for (const asTexels of ["", "pixels table windows"]) {
      const [y] = await runKernel(session, resampleImages, {
        ...call,
        variant: { asTexels },
      });
      strictEqual(sha256(Uint8Array.from(y)), expected, `${name} ${asTexels}`);
    }
  }
});

Deno.test("the reference of resampleImages() gives Pillow's bytes", () => {
  for (const { call, name, expected } of goldenCalls()) {
    resampleImages.reference(call);
    strictEqual(sha256(Uint8Array.from(call.writes[0])), expected, name);
  }
});

Deno.test("resampleImages() gives its reference's numbers for photos of several sizes at once", async () => {
  const session = await testSession();
  const side = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.constant(1));
  const size = fc.record({ height: side, width: side });
  await fc.assert(
    fc.asyncProperty(
      fc.array(size, { minLength: 1, maxLength: 4 }),
      fc.record({
        height: fc.integer({ min: 1, max: 30 }),
        width: fc.integer({ min: 1, max: 30 }),
      }),
      fc.constantFrom<Resampling["filter"]>("bilinear", "bicubic"),
      fc.option(fc.integer({ min: 0, max: 9 })),
      async (sizes, out, filter, more) => {
        const shorterSide = Math.max(out.height, out.width) + (more ?? 0);
        const call = callOf(sizes.map(photo), {
          ...{ out, filter },
          ...more !== null && { shorterSide },
        });
        const exact = { absolute: 0, relative: 0 };
        await checkKernel(session, resampleImages, call, exact);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("resampleImages() leaves a picture of the right size as it is", async () => {
  const session = await testSession();
  const out = { height: 9, width: 12 };
  for (const filter of ["bilinear", "bicubic"] as const) {
    const same = photo(out);
    const call = callOf([same], { filter, out });
    const [y] = await runKernel(session, resampleImages, call);
    deepStrictEqual(Uint8Array.from(y), same.rgb);
  }
});

Deno.test("resampleImages() writes only the rows that its entries name", async () => {
  const session = await testSession();
  const out = { height: 2, width: 2 };
  const packed = callOf([photo({ height: 2, width: 3 }, 2)], {
    filter: "bicubic",
    out,
  });
  const [pixels, table, windows] = packed.reads;
  const [y] = await runKernel(session, resampleImages, {
    ...packed,
    params: { ...packed.params, count: 2 },
    reads: [
      pixels,
      Uint32Array.from({ length: 16 }, (_, i) => table[i] ?? 0),
      windows,
    ],
    writes: [new Float32Array(3 * 12).fill(-1)],
  });
  deepStrictEqual([...y.slice(0, 24)], Array(24).fill(-1));
  strictEqual(y.slice(24).some((value) => value < 0), false);
});

Deno.test("resampleImages() makes as much of photos that are too large for one thread", async () => {
  const session = await testSession();
  const out = { height: 8, width: 8 };
  const sizes = [[1, 300_000], [300_000, 1], [1000, 2000], [250, 300]];
  const photos = sizes.map(([height, width], row) =>
    photo({ height, width }, row)
  );
  const call = callOf(photos, { filter: "bicubic", out });
  const [y] = await runKernel(session, resampleImages, call);
  // Image.fromarray(noise).resize((8, 8), Image.Resampling.BICUBIC)
  strictEqual(
    sha256(Uint8Array.from(y)),
    "c7fe0229a41c4d261886fa9ed37edc0e28af49824e160ea32a0046e852514502",
  );
});

Deno.test("windowBytes() is what packResampled() takes for a photo", () => {
  const resampling = {
    filter: "bicubic",
    shorterSide: 5,
    out: { height: 4, width: 5 },
  } as const;
  for (const height of [50, 200_000]) {
    const size = { height, width: 7 };
    const { windows } = packResampled([photo(size)], resampling);
    strictEqual(windows.byteLength, windowBytes(size, resampling));
  }
});
