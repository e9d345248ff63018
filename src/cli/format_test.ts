import { deepStrictEqual, strictEqual } from "@std/assert";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatNumber,
  formatPercent,
  formatTable,
  visibleWidth,
} from "./format.ts";

Deno.test("formatDuration() shows the two largest units", () => {
  const cases = [0, 0.44, 9.94, 9.96, 59.4, 59.6, 185, 3599.6, 7620, NaN];
  deepStrictEqual(cases.map(formatDuration), [
    "0.0s",
    "0.4s",
    "9.9s",
    "10s",
    "59s",
    "1m00s",
    "3m05s",
    "1h00m",
    "2h07m",
    "?",
  ]);
});

Deno.test("formatCount() sets the thousands apart", () => {
  deepStrictEqual([7, 1000, 88931400].map(formatCount), [
    "7",
    "1,000",
    "88,931,400",
  ]);
});

Deno.test("formatNumber() keeps three digits", () => {
  const cases = [0.3333, 0.9996, 4.186, 9.996, 21.44, 99.96, 2090.4, NaN];
  deepStrictEqual(cases.map(formatNumber), [
    "0.333",
    "1.00",
    "4.19",
    "10.0",
    "21.4",
    "100",
    "2,090",
    "NaN",
  ]);
});

Deno.test("formatBytes() and formatPercent() carry their unit", () => {
  deepStrictEqual([0, 512, 999_600, 88_931_400, 2e14].map(formatBytes), [
    "0 B",
    "512 B",
    "1.0 MB",
    "88.9 MB",
    "200 TB",
  ]);
  deepStrictEqual([0.9375, NaN].map(formatPercent), ["93.8 %", "?"]);
});

Deno.test("formatTable() aligns columns, colours and wide letters aside", () => {
  deepStrictEqual(
    formatTable([["label", "n"], ["\x1b[1mrose\x1b[22m", "120"], ["ä", "7"]], {
      right: [1],
    }),
    ["label    n", "\x1b[1mrose\x1b[22m   120", "ä        7"],
  );
});

Deno.test("visibleWidth() counts the columns of a terminal", () => {
  const widths = {
    "\x1b[1mrose\x1b[22m": 4,
    "猫": 2,
    "고양이": 6,
    "e\u0301": 1,
    "👩\u200d🚀": 2,
    "❤\ufe0f": 2,
    "Ромашка": 7,
    "ﾈｺ": 2,
  };
  for (const [text, width] of Object.entries(widths)) {
    strictEqual(visibleWidth(text), width, text);
  }
});
