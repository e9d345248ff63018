import { deepStrictEqual, throws } from "@std/assert";
import * as v from "valibot";
import { InputError } from "../errors.ts";
import {
  numberFrom,
  parseAs,
  parseTextAs,
  type Schema,
  wholeNumber,
} from "./schema.ts";

const size = v.variant("kind", [
  v.object({ kind: v.literal("whole") }),
  v.object({ kind: v.literal("part"), rows: wholeNumber(1, 9) }),
]);
const schema = v.object({
  rate: numberFrom(0, { isOpen: true }),
  name: v.picklist(["adam", "sgd"]),
  sizes: v.optional(v.array(size)),
});
const options = { name: "run.json", remedy: "train a new run" };

Deno.test("parseAs() gives what fits, without fields that nobody reads", () => {
  const whole = { rate: 0.5, name: "sgd", sizes: [{ kind: "part", rows: 9 }] };
  deepStrictEqual(parseAs(schema, { ...whole, more: 1 }, options), whole);
});

Deno.test("parseAs() names the file, the field, and what it may be", () => {
  const cases: [json: unknown, message: string][] = [
    [null, "run.json is null, expected an object"],
    [{ rate: 0 }, "run.json: rate is 0, expected a number above 0"],
    [{ rate: 1 }, "run.json: name is missing"],
    [
      { rate: 1, name: "rmsprop" },
      'run.json: name is "rmsprop", expected "adam" or "sgd"',
    ],
    [
      { rate: 1, name: "sgd", sizes: {} },
      "run.json: sizes is {}, expected a list",
    ],
    [
      { rate: 1, name: "sgd", sizes: [{ kind: "part", rows: 2.5 }] },
      "run.json: sizes.0.rows is 2.5, expected a whole number from 1 to 9",
    ],
    [
      { rate: 1, name: "sgd", sizes: [{ kind: "none" }] },
      'run.json: sizes.0.kind is "none", expected "whole" or "part"',
    ],
  ];
  for (const [json, message] of cases) {
    throws(
      () => parseAs(schema, json, options),
      new InputError(`${message}: train a new run`),
    );
  }
});

Deno.test("parseTextAs() says that a text is no JSON", () => {
  const any: Schema<unknown> = v.unknown();
  throws(
    () => parseTextAs(any, "{", options),
    new InputError("run.json is not JSON: train a new run"),
  );
});
