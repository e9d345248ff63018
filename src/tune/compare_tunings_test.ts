import { deepStrictEqual } from "@std/assert";
import { texelTuning, type Tuning } from "../plan/mod.ts";
import { tuningsToTime } from "./compare_tunings.ts";

const preset: Tuning = { ...texelTuning, winograd: {} };
const winograd = { "line window, deep, up to 400 pixels": 4 } as const;

Deno.test("tuningsToTime() tells tiles that were found from Winograd's convolution, where both were", () => {
  const other: Tuning = {
    ...preset,
    preset: { family: "registers", texels: true, rows: 8 },
  };
  const both = { ...other, winograd };
  deepStrictEqual(tuningsToTime(preset, both), [
    preset,
    both,
    { ...preset, winograd },
  ]);
  deepStrictEqual(tuningsToTime(preset, other), [preset, other]);
  const single = { ...preset, winograd };
  deepStrictEqual(tuningsToTime(preset, single), [preset, single]);
});
