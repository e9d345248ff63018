import {
  deepStrictEqual,
  notDeepStrictEqual,
  ok,
  strictEqual,
} from "@std/assert";
import { Buffer } from "node:buffer";
import { decodeImage, encodePng } from "../image/mod.ts";
import { fontsFor } from "./_fonts.ts";
import { gridSvg, type PredictedPicture } from "./grid.ts";
import { svgToPng } from "./svg_to_png.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

const green = encodePng({
  width: 2,
  height: 1,
  pixels: Uint8Array.of(0, 200, 0, 0, 200, 0),
});
const thumbnail = `data:image/png;base64,${
  Buffer.from(green).toString("base64")
}`;

async function draw(more: Partial<PredictedPicture>[]) {
  const plain = { path: "a.png", label: "", confidence: NaN, thumbnail };
  const pictures = more.map((one) => ({ ...plain, ...one }));
  const { png, missing } = await svgToPng(gridSvg(pictures));
  const { width, height, pixels } = await decodeImage(png);
  const colorsIn = (
    left: number,
    top: number,
    right: number,
    bottom: number,
  ) => {
    const found = new Set<string>();
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        found.add(pixels.subarray((y * width + x) * 3).slice(0, 3).join());
      }
    }
    return found;
  };
  return { width, height, missing, pixels, colorsIn };
}

Deno.test("svgToPng() draws pictures, and labels in the colours of what they are", async () => {
  const { width, height, colorsIn } = await draw([
    { label: "████", truth: "████" },
    { label: "████", truth: "x" },
  ]);
  deepStrictEqual([width, height], [496, 308]);
  // A picture twice as wide as high fills the middle of its square.
  deepStrictEqual(colorsIn(16, 75, 240, 181), new Set(["0,200,0"]));
  deepStrictEqual(colorsIn(16, 20, 240, 70), new Set(["243,243,240"]));
  ok(colorsIn(16, 245, 60, 258).has("35,39,43"));
  ok(colorsIn(256, 245, 300, 258).has("179,20,28"));
});

Deno.test("svgToPng() ends a long label before its confidence and the next picture's", async () => {
  for (const label of ["W".repeat(99), "ﷺ".repeat(40), "ورد أحمر ".repeat(9)]) {
    const { colorsIn } = await draw([{ label, truth: label.repeat(2) }, {}]);
    deepStrictEqual(
      colorsIn(16 + 168, 242, 256, 262),
      new Set(["255,255,255"]),
    );
    deepStrictEqual(colorsIn(240, 262, 256, 290), new Set(["255,255,255"]));
  }
});

Deno.test("svgToPng() joins Arabic letters and puts marks on theirs", async () => {
  const drawn = async (label: string) => (await draw([{ label }])).pixels;
  // Joined, or kept apart by a mark that says so.
  notDeepStrictEqual(
    await drawn("ورد أحمر"),
    await drawn("ورد أ\u200cح\u200cم\u200cر"),
  );
  deepStrictEqual(await drawn("e\u0301"), await drawn("é"));
  notDeepStrictEqual(await drawn("q\u0301"), await drawn("q"));
});

Deno.test("svgToPng() has the letters of the living alphabets", async () => {
  const alphabets =
    "Zürich Ähren Łódź Tiếng Việt Ελληνικά Ромашка Їжак Հայերեն עברית العربية فارسی ქართული €™…";
  strictEqual((await draw([{ label: alphabets }])).missing, "");
  strictEqual(fontsFor(alphabets, []).files.length, 1);
});

Deno.test("fontsFor() takes fonts of the system only for letters that the bundled one lacks", async () => {
  const cat = fontOf(0x732b);
  await using folder = await temporaryFolder({
    "bold.ttf": cat,
    "deep/cat.otf": cat,
    "emoji.ttf": fontOf(0x1f431, "CBDT"),
    "cut.ttf": cat.subarray(0, 40),
    "notes.txt": "no font",
  });
  strictEqual(fontsFor("cat", [folder.path]).files.length, 1);
  const { files, missing } = fontsFor("cat 猫\u200d🐱", [
    folder.path,
    "/nowhere",
  ]);
  deepStrictEqual(files.slice(1), [cat]);
  strictEqual(missing, "🐱");
});

/** As much of a font of one letter as is looked at. */
function fontOf(letter: number, outlines = "glyf"): Uint8Array {
  const bytes = new Uint8Array(84);
  const view = new DataView(bytes.buffer);
  const write = (at: number, name: string) =>
    bytes.set(new TextEncoder().encode(name), at);
  view.setUint16(4, 2);
  write(12, "cmap");
  view.setUint32(20, 44);
  view.setUint32(24, 40);
  write(28, outlines);
  // One subtable, 12 bytes on, of one group.
  view.setUint16(44 + 2, 1);
  view.setUint32(44 + 8, 12);
  view.setUint16(44 + 12, 12);
  view.setUint32(44 + 24, 1);
  view.setUint32(44 + 28, letter);
  view.setUint32(44 + 32, letter);
  return bytes;
}
