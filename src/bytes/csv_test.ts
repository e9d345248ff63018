import { deepStrictEqual, strictEqual, throws } from "@std/assert";
import fc from "fast-check";
import { formatCsv, parseCsv } from "./csv.ts";

Deno.test("formatCsv() quotes commas, quotes and line ends only", () => {
  strictEqual(
    formatCsv(["path", "note"], [['a "b".jpg', "x,y"], ["c\nd", undefined], [
      1,
      true,
    ]]),
    'path,note\n"a ""b"".jpg","x,y"\n"c\nd",\n1,true\n',
  );
});

Deno.test("parseCsv() reads CRLF, a byte order mark, blank lines and a last line without its end", () => {
  deepStrictEqual(parseCsv('\uFEFFa,b\r\n\r\n"1\r\n2",\r\n,"4"'), {
    header: ["a", "b"],
    rows: [["1\r\n2", ""], ["", "4"]],
  });
});

Deno.test("parseCsv() reads what formatCsv() wrote", () => {
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

const refused = {
  "": "t.csv: the table is empty, a header is expected",
  "a,b\n1\n": "t.csv, line 2: 1 cells, expected 2 as in the header",
  'a\n"1\n2"\n"x':
    "t.csv, line 4: a quote that is never closed; quote the cell and double its quotes",
  'a\n"x"y\n':
    "t.csv, line 2: text after a closing quote; quote the cell and double its quotes",
  'a\nx"y\n':
    "t.csv, line 2: a quote or carriage return inside a cell that is not quoted; quote the cell and double its quotes",
};

for (const [text, message] of Object.entries(refused)) {
  Deno.test(`parseCsv() refuses ${JSON.stringify(text)}`, () => {
    throws(() => parseCsv(text, { name: "t.csv" }), {
      name: "InputError",
      message,
    });
  });
}
