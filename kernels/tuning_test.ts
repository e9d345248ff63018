import { deepStrictEqual, strictEqual } from "@std/assert";
import { conv2dTiles } from "./conv2d.ts";
import {
  parseTuning,
  plainTuning,
  presetTuning,
  shapeClass,
  tileText,
  type Tuning,
  variantFor,
  winogradFor,
} from "./tuning.ts";

const pointwise = {
  inChannels: 192,
  outHeight: 17,
  outWidth: 17,
  windowHeight: 1,
  windowWidth: 1,
};

Deno.test("variantFor() takes the tile of a shape's class, else the preset", () => {
  const [first, second] = conv2dTiles;
  const tuning: Tuning = {
    texels: true,
    preset: first,
    tiles: { [shapeClass(pointwise)]: second },
    winograd: {},
  };
  strictEqual(variantFor(tuning, pointwise), second);
  strictEqual(variantFor(tuning, { ...pointwise, windowWidth: 3 }), first);
});

Deno.test("winogradFor() looks for the shape's class alone", () => {
  const tuning = {
    ...plainTuning,
    winograd: { [shapeClass(pointwise)]: 4 },
  } as const;
  strictEqual(winogradFor(tuning, pointwise), 4);
  strictEqual(winogradFor(tuning, { ...pointwise, windowWidth: 3 }), undefined);
});

Deno.test("shapeClass() looks at window, depth and pixels, and at channels that are not in fours first", () => {
  deepStrictEqual(
    [
      pointwise,
      { ...pointwise, inChannels: 768 },
      { ...pointwise, windowWidth: 7 },
      { ...pointwise, windowHeight: 7, windowWidth: 7 },
      { ...pointwise, outHeight: 149, outWidth: 149 },
      { ...pointwise, inChannels: 3 },
    ].map(shapeClass),
    [
      "1x1 window, shallow, up to 400 pixels",
      "1x1 window, deep, up to 400 pixels",
      "line window, deep, up to 400 pixels",
      "square window, deep, up to 400 pixels",
      "1x1 window, shallow, more pixels",
      "channels not in fours",
    ],
  );
});

Deno.test("presetTuning() reads texels on software adapters alone", () => {
  strictEqual(presetTuning({ isFallback: true }).texels, true);
  strictEqual(presetTuning({ isFallback: false }), plainTuning);
});

Deno.test("parseTuning() gives back what JSON kept", () => {
  const tiles = Object.fromEntries(
    conv2dTiles.map((tile, index) => [`class ${index}`, tile]),
  );
  const winograd = { "class 0": 2, "class 7": 4 } as const;
  const preset = conv2dTiles[4];
  const tuning: Tuning = { texels: true, preset, tiles, winograd };
  deepStrictEqual(parseTuning(JSON.parse(JSON.stringify(tuning))), tuning);
});

Deno.test("parseTuning() takes tables from before Winograd's convolution", () => {
  const { winograd, ...older } = presetTuning({ isFallback: true });
  deepStrictEqual(parseTuning(JSON.parse(JSON.stringify(older))), {
    ...older,
    winograd,
  });
});

Deno.test("parseTuning() takes no tile that there is no kernel for", () => {
  const whole = { texels: false, preset: { ...conv2dTiles[0] }, tiles: {} };
  deepStrictEqual(
    [
      undefined,
      "preset variants",
      { ...whole, texels: 1 },
      { ...whole, preset: { family: "registers", texels: true, rows: 7 } },
      { ...whole, preset: { ...conv2dTiles[0], more: 1 } },
      { ...whole, tiles: { one: null } },
      { ...whole, tiles: [] },
      { ...whole, winograd: { one: 3 } },
      { ...whole, winograd: [] },
    ].map(parseTuning),
    new Array(9).fill(undefined),
  );
});

Deno.test("tileText() tells all tiles apart", () => {
  strictEqual(new Set(conv2dTiles.map(tileText)).size, conv2dTiles.length);
});
