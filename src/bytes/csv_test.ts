import { deepStrictEqual, strictEqual } from "@std/assert";
import fc from "fast-check";
import { formatCsv } from "./csv.ts";
import { parseCsv } from "./testing.ts";

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
    unit: fc.constantFrom("a", ",", '"', "\n", "\r", " ", "花"),
  });
  const table = fc.integer({ min: 1, max: 4 }).chain((width) =>
    fc.array(fc.array(cell, { minLength: width, maxLength: width }), {
      minLength: 1,
    })
  );
  fc.assert(fc.property(table, ([header, ...rows]) => {
    deepStrictEqual(parseCsv(formatCsv(header, rows)), { header, rows });
  }));
});
