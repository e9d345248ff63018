import { deepStrictEqual, strictEqual, throws } from "@std/assert";
import * as v from "valibot";
import { InputError } from "../errors.ts";
import { checkRecord, jsonObject, parseJson, parseRecord } from "./record.ts";

const schema = v.object({
  name: v.string(),
  rate: v.pipe(v.number(), v.minValue(0)),
  classes: v.array(v.pipe(v.number(), v.integer())),
  decay: v.exactOptional(v.nullable(v.boolean())),
  digest: v.exactOptional(
    v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "64 hex digits")),
  ),
  optimizer: v.exactOptional(v.picklist(["adam", "sgd", "momentum"])),
  size: v.exactOptional(v.union([v.number(), v.array(v.number())])),
  source: v.exactOptional(v.variant("kind", [
    v.object({ kind: v.literal("file"), path: v.string() }),
    v.object({ kind: v.literal("none") }),
  ])),
  rest: v.exactOptional(jsonObject),
});
const valid = { name: "a", rate: 1, classes: [3] };

Deno.test("parseRecord() gives what the schema says and drops what it does not name", () => {
  const full = {
    ...valid,
    decay: null,
    optimizer: "sgd",
    rest: { any: ["thing"] },
    source: { kind: "file", path: "x" },
  };
  const source = { where: "a.json", remedy: "make it again" };
  deepStrictEqual(parseRecord(schema, { ...full, more: 1 }, source), full);
});

for (
  const [given, problem] of [
    [{ ...valid, rate: "fast" }, '"rate" is "fast", expected a number'],
    [{ ...valid, rate: -1 }, '"rate" is -1, expected at least 0'],
    [{ name: "a", classes: [] }, '"rate" is missing'],
    [{ ...valid, name: {} }, '"name" is an object, expected a text'],
    [{ ...valid, classes: 3 }, '"classes" is 3, expected a list'],
    [
      { ...valid, classes: [1, 0.5] },
      '"classes.1" is 0.5, expected a whole number',
    ],
    [
      { ...valid, decay: 1 },
      '"decay" is 1, expected true or false',
    ],
    [{ ...valid, digest: "abc" }, '"digest" is "abc", expected 64 hex digits'],
    [
      { ...valid, optimizer: "rmsprop" },
      '"optimizer" is "rmsprop", expected "adam", "sgd" or "momentum"',
    ],
    [{ ...valid, size: null }, '"size" is null, expected a number or a list'],
    [
      { ...valid, source: { kind: "url" } },
      '"source.kind" is "url", expected "file" or "none"',
    ],
    [{ ...valid, source: { kind: "file" } }, '"source.path" is missing'],
    [{ ...valid, rest: [] }, '"rest" is a list, expected an object'],
    [null, "it is null, expected an object"],
  ] as const
) {
  Deno.test(`checkRecord() says: ${problem}`, () => {
    strictEqual(checkRecord(schema, given).problem, problem);
  });
}

Deno.test("parseRecord() names the file, the field and what to do", () => {
  throws(
    () =>
      parseRecord(schema, {
        ...valid,
        name: "x".repeat(99),
        rate: "y".repeat(99),
      }, {
        where: "a.json",
        remedy: "make it again",
      }),
    new InputError(
      `a.json: "rate" is "${
        "y".repeat(39)
      }..., expected a number; make it again`,
    ),
  );
});

Deno.test("parseJson() refuses a text that is not JSON", () => {
  const source = { where: "a.json", remedy: "make it again" };
  deepStrictEqual(parseJson('{"a": [1]}', source), { a: [1] });
  throws(
    () => parseJson('{"a": ', source),
    { name: "InputError", message: "a.json is not JSON; make it again" },
  );
});
