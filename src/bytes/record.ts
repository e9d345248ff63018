/**
 * Records: JSON that must have a form, checked against a valibot schema.
 *
 * @module
 */
import * as v from "valibot";
import { InputError } from "../errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "./json.ts";

/** An object that holds anything, for what is written but not read. */
export const jsonObject: v.GenericSchema<unknown, JsonObject> = v.custom<
  JsonObject
>(
  isJsonObject,
  "an object",
);

/** What the message says of a text that has not the form it should have. */
export interface RecordSource {
  /** The file, or whatever held the text. */
  readonly where: string;
  /** What to do next: `train a new run`. */
  readonly remedy: string;
}

/**
 * The value in a JSON text.
 *
 * @throws {InputError} that names `where` and the remedy if it is not JSON
 */
export function parseJson(
  text: string,
  { where, remedy }: RecordSource,
): JsonValue {
  try {
    const json: JsonValue = JSON.parse(text);
    return json;
  } catch (error) {
    throw new InputError(`${where} is not JSON; ${remedy}`, { cause: error });
  }
}

/**
 * A value that must have the form of `schema`, as its type. The message names
 * the field, what it is and what it may be. A check of a schema with a message
 * of its own (`v.regex(..., "64 hex digits")`) says what may be; choices
 * between objects should be a `v.variant`, since a union cannot tell which was
 * meant. A schema whose type is public must be written
 * `v.GenericSchema<unknown, TheType>`, as `deno publish` infers nothing.
 *
 * @throws {InputError} such as `run.json: "recipe.rate" is "fast", expected a number; train a new run`
 *
 * @example
 * ```ts
 * import { throws } from "node:assert/strict";
 * import * as v from "valibot";
 * import { parseRecord } from "./record.ts";
 * const schema = v.object({ recipe: v.object({ rate: v.number() }) });
 * const json = { recipe: { rate: "fast" } };
 * throws(
 *   () => parseRecord(schema, json, { where: "run.json", remedy: "train anew" }),
 *   /run.json: "recipe.rate" is "fast", expected a number; train anew/,
 * );
 * ```
 */
export function parseRecord<Output>(
  schema: v.GenericSchema<unknown, Output>,
  json: unknown,
  { where, remedy }: RecordSource,
): Output {
  const { record, problem } = checkRecord(schema, json);
  if (record !== undefined) return record;
  throw new InputError(`${where}: ${problem}; ${remedy}`);
}

/** The value as the schema's type, or which field is not what it may be. */
export function checkRecord<Output>(
  schema: v.GenericSchema<unknown, Output>,
  json: unknown,
):
  | { readonly record: Output; readonly problem?: undefined }
  | { readonly record?: undefined; readonly problem: string } {
  const { success, output, issues } = v.safeParse(schema, json, {
    abortEarly: true,
  });
  return success ? { record: output } : { problem: problemOf(issues[0]) };
}

function problemOf(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  const subject = path === null ? "it" : JSON.stringify(path);
  if (issue.received === "undefined") {
    // A missing key's issue is of its object, and expects the key.
    const isKey = issue.type.endsWith("object");
    return `${subject} is missing${
      isKey ? "" : `, expected ${allowed(issue)}`
    }`;
  }
  return `${subject} is ${shown(issue.input)}, expected ${allowed(issue)}`;
}

const typeWords: Readonly<Record<string, string>> = {
  Array: "a list",
  Object: "an object",
  boolean: "true or false",
  number: "a number",
  string: "a text",
};

const checkWords: Readonly<Record<string, string>> = {
  finite: "a finite number",
  integer: "a whole number",
  safe_integer: "a whole number",
};

const comparisons: Readonly<Record<string, string>> = {
  ">=": "at least",
  "<=": "at most",
  ">": "more than",
  "<": "less than",
};

function allowed({ type, message, expected }: v.BaseIssue<unknown>): string {
  if (!message.startsWith("Invalid ")) return message;
  if (type in checkWords) return checkWords[type];
  const words = (expected ?? type).replace(/^\((.*)\)$/, "$1").split(" | ")
    .map((one) =>
      typeWords[one] ??
        one.replace(/^[<>]=?/, (sign) => `${comparisons[sign]} `)
    );
  if (words.length === 1) return words[0];
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

const shownLetters = 40;

function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isJsonObject(value)) return "an object";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > shownLetters
    ? `${text.slice(0, shownLetters)}...`
    : text;
}
