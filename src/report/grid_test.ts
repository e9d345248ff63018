import {
  deepStrictEqual,
  notDeepStrictEqual,
  ok,
  strictEqual,
  throws,
} from "@std/assert";
import fc from "fast-check";
import type { RgbImage } from "../image/rgb_image.ts";
import { drawGrid, type GridCell } from "./grid.ts";

type Rgb = [red: number, green: number, blue: number];

const cellSize = 64;
const gap = 16;

function flat(width: number, height: number, color: Rgb): RgbImage {
  const pixels = new Uint8Array(width * height * 3);
  for (let offset = 0; offset < pixels.length; offset += 3) {
    pixels.set(color, offset);
  }
  return { width, height, pixels };
}

function pixel(image: RgbImage, x: number, y: number): Rgb {
  const [red, green, blue] = image.pixels.subarray((y * image.width + x) * 3);
  return [red, green, blue];
}

function cell(more: Partial<GridCell> = {}): GridCell {
  return {
    image: flat(3, 3, [0, 0, 255]),
    label: "████",
    verdict: "right",
    ...more,
  };
}

/** The colours of a rectangle. */
function colors(
  image: RgbImage,
  [left, top, right, bottom]: [number, number, number, number],
): Set<string> {
  const found = new Set<string>();
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) found.add(pixel(image, x, y).join());
  }
  return found;
}

Deno.test("drawGrid() writes right answers black, wrong ones red, unknown ones grey", () => {
  const expected = {
    right: "0,0,0",
    wrong: "200,16,24",
    unknown: "120,120,120",
  } as const;
  for (const verdict of ["right", "wrong", "unknown"] as const) {
    const grid = drawGrid([cell({ verdict })], { cellSize });
    const found = colors(grid, [gap, gap + cellSize, grid.width, grid.height]);
    for (const [name, color] of Object.entries(expected)) {
      strictEqual(found.has(color), name === verdict, name);
    }
  }
});

Deno.test("drawGrid() sets the pictures in rows of four", () => {
  const cells = Array.from(
    { length: 6 },
    (_, index) => cell({ image: flat(1, 1, [index, 0, 0]) }),
  );
  const grid = drawGrid(cells, { cellSize });
  strictEqual(grid.width, gap + 4 * (cellSize + gap));
  const rowHeight = (grid.height - gap) / 2;
  cells.forEach((_, index) => {
    const x = gap + index % 4 * (cellSize + gap);
    deepStrictEqual(pixel(grid, x, gap + (index < 4 ? 0 : rowHeight)), [
      index,
      0,
      0,
    ]);
  });
});

Deno.test("drawGrid() keeps the aspect of a picture", () => {
  const wide = drawGrid([cell({ image: flat(400, 200, [0, 200, 0]) })], {
    cellSize,
  });
  const rows = Array.from(
    { length: cellSize },
    (_, y) => pixel(wide, gap + 5, gap + y).join(),
  );
  strictEqual(rows.filter((color) => color === "0,200,0").length, cellSize / 2);
  strictEqual(rows.indexOf("0,200,0"), cellSize / 4);
});

Deno.test("drawGrid() keeps a picture of one colour that colour, whatever its size", () => {
  const side = fc.integer({ min: 1, max: 150 });
  fc.assert(
    fc.property(side, side, (width, height) => {
      const grid = drawGrid([
        cell({ image: flat(width, height, [10, 250, 77]) }),
      ], { cellSize });
      const found = colors(grid, [gap, gap, gap + cellSize, gap + cellSize]);
      ok(found.has("10,250,77"));
      ok(
        [...found].every((color) =>
          ["10,250,77", "243,243,240"].includes(color)
        ),
        [...found].join(" "),
      );
    }),
    { numRuns: 40 },
  );
});

Deno.test("drawGrid() shrinks by the mean of what a pixel covers", () => {
  const pixels = Uint8Array.from(
    { length: 128 * 128 * 3 },
    (_, index) => Math.floor(index / 3) % 2 * 200,
  );
  const grid = drawGrid(
    [cell({ image: { width: 128, height: 128, pixels } })],
    { cellSize },
  );
  deepStrictEqual(
    [...colors(grid, [gap, gap, gap + cellSize, gap + cellSize])],
    ["100,100,100"],
  );
});

Deno.test("drawGrid() ends a long label before the next picture's", () => {
  const grid = drawGrid([
    cell({ label: "█".repeat(99), confidence: 1 }),
    cell(),
  ], { cellSize: 128 });
  const between = [gap + 128, gap + 128, gap + 128 + gap, grid.height] as [
    number,
    number,
    number,
    number,
  ];
  deepStrictEqual([...colors(grid, between)], ["255,255,255"]);
});

Deno.test("drawGrid() names the truth under a wrong answer only", () => {
  const wrong = drawGrid([cell({ verdict: "wrong", truth: "iris" })], {
    cellSize: 128,
  });
  const other = drawGrid([cell({ verdict: "wrong", truth: "daisy" })], {
    cellSize: 128,
  });
  notDeepStrictEqual(wrong.pixels, other.pixels);
  deepStrictEqual(
    drawGrid([cell({ truth: "iris" })], { cellSize: 128 }),
    drawGrid([cell()], { cellSize: 128 }),
  );
});

Deno.test("drawGrid() takes any label and any confidence", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      fc.double(),
      (label, confidence) => {
        const grid = drawGrid([cell({ label, confidence })], { cellSize: 128 });
        strictEqual(grid.pixels.length, grid.width * grid.height * 3);
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("drawGrid() refuses no pictures and pixels that do not match", () => {
  throws(() => drawGrid([]), /at least one/);
  throws(
    () =>
      drawGrid([
        cell({ image: { width: 2, height: 2, pixels: new Uint8Array(3) } }),
      ]),
    /2x2/,
  );
});
