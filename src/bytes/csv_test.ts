import { deepStrictEqual, strictEqual } from "@std/assert";
import fc from "fast-check";
import { formatCsv, parseCsv, textOfCell } from "./csv.ts";

Deno.test("formatCsv() quotes commas, quotes and line ends only", () => {
  strictEqual(
    formatCsv(["path", "note"], [['a "b".jpg', "x,y"], ["c\nd", undefined], [
      1,
      true,
    ]]),
    'path,note\n"a ""b"".jpg","x,y"\n"c\nd",\n1,true\n',
  );
});

Deno.test("formatCsv() writes what a reader of RFC 4180 reads", () => {
  const cell = fc.string({
    unit: fc.constantFrom("a", ",", '"', "\n", "=", "-", "'", "\t", " ", "花"),
  });
  const table = fc.integer({ min: 1, max: 4 }).chain((width) =>
    fc.array(fc.array(cell, { minLength: width, maxLength: width }), {
      minLength: 1,
    })
  );
  fc.assert(fc.property(table, ([header, ...rows]) => {
    const read = parseCsv(formatCsv(header, rows));
    deepStrictEqual(read.header.map(textOfCell), header);
    deepStrictEqual(read.rows.map((row) => row.map(textOfCell)), rows);
  }));
});

Deno.test("formatCsv() writes no text that a spreadsheet computes or a terminal obeys, and numbers as they are", () => {
  const texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "'a"];
  deepStrictEqual(
    parseCsv(formatCsv(["=x"], [...texts.map((text) => [text]), [-1]])),
    {
      header: ["'=x"],
      rows: [
        ...["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "?=1", "''=1", "'a"],
        "-1",
      ].map((cell) => [cell]),
    },
  );
  strictEqual(formatCsv(["\x1b[2J"], [["a\u202eb"]]), "?[2J\na?b\n");
});
