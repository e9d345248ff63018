import { deepStrictEqual, strictEqual } from "@std/assert";
import { conv2dTiles } from "./conv2d.ts";
import {
  plainTuning,
  presetTuning,
  shapeClass,
  texelTuning,
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

Deno.test("winogradFor() looks for the shape's class, and leaves few channels as they are", () => {
  const tuning = {
    ...plainTuning,
    winograd: { [shapeClass(pointwise)]: 4 },
  } as const;
  strictEqual(winogradFor(tuning, pointwise), 4);
  strictEqual(winogradFor(tuning, { ...pointwise, windowWidth: 3 }), undefined);
  strictEqual(winogradFor(tuning, { ...pointwise, inChannels: 28 }), undefined);
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

Deno.test("presetTuning() reads texels on llvmpipe alone, by whatever it is called", () => {
  const native = { description: "llvmpipe (LLVM 15.0.6)", architecture: "" };
  const inBrowsers = { description: "", architecture: "llvmpipe" };
  strictEqual(presetTuning(native), texelTuning);
  strictEqual(presetTuning(inBrowsers), texelTuning);
  const others = [
    { description: "SwiftShader Device (Subzero)", architecture: "" },
    { description: "", architecture: "swiftshader" },
    { description: "NVIDIA H200", architecture: "" },
    { description: "", architecture: "" },
  ];
  for (const adapter of others) strictEqual(presetTuning(adapter), plainTuning);
});

Deno.test("tileText() tells all tiles apart", () => {
  strictEqual(new Set(conv2dTiles.map(tileText)).size, conv2dTiles.length);
});
