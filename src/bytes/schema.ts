/**
 * Reading JSON by a schema that is its type too: what does not fit is refused
 * by the name of the field and what it may be.
 *
 * @module
 */
import * as v from "valibot";
import { InputError } from "../errors.ts";
import { isJsonObject, type JsonObject } from "./json.ts";

/** A schema without side effects, of values of type `T`. */
export type Schema<T> = v.GenericSchema<unknown, T>;

/** Where JSON is from, for the message. */
export interface ParseOptions {
  /** The file it is in. */
  readonly name: string;
  /** What to do about one that does not fit, such as `train a new run`. */
  readonly remedy: string;
}

/** A number from `minimum` to `maximum` without a fraction. */
export function wholeNumber(
  minimum = 0,
  maximum: number = Number.MAX_SAFE_INTEGER,
): Schema<number> {
  const upTo = maximum === Number.MAX_SAFE_INTEGER ? "" : ` to ${maximum}`;
  return v.custom<number>(
    (value) =>
      typeof value === "number" && Number.isInteger(value) &&
      value >= minimum && value <= maximum,
    `a whole number from ${minimum}${upTo}`,
  );
}

/** A number from `minimum` to `maximum`, or above the minimum where that is left out. */
export function numberFrom(
  minimum: number,
  { maximum = Infinity, isOpen = false }: {
    maximum?: number;
    /** Whether the minimum itself is none of them. */
    isOpen?: boolean;
  } = {},
): Schema<number> {
  const upTo = maximum === Infinity ? "" : ` to ${maximum}`;
  return v.custom<number>(
    (value) =>
      typeof value === "number" && Number.isFinite(value) &&
      (isOpen ? value > minimum : value >= minimum) && value <= maximum,
    `a number ${isOpen ? "above" : "from"} ${minimum}${upTo}`,
  );
}

/** Any object that JSON can hold. */
export const jsonObject: Schema<JsonObject> = v.custom<JsonObject>(
  isJsonObject,
  "an object",
);

/**
 * The value that JSON holds.
 *
 * @throws {InputError} that names the file, the first field that does not fit, and what it may be
 */
export function parseAs<T>(
  schema: Schema<T>,
  json: unknown,
  { name, remedy }: ParseOptions,
): T {
  const result = v.safeParse(schema, json, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = v.getDotPath(issue);
  const where = field === null ? name : `${name}: ${field}`;
  // Checks of ours have what is expected as their message.
  const expected = issue.type === "custom"
    ? issue.message
    : inWords(issue.expected ?? "something else");
  throw new InputError(
    issue.input === undefined
      ? `${where} is missing: ${remedy}`
      : `${where} is ${shown(issue.input)}, expected ${expected}: ${remedy}`,
  );
}

/**
 * The value in JSON text.
 *
 * @throws {InputError} as {@linkcode parseAs} does, also where it is no JSON
 */
export function parseTextAs<T>(
  schema: Schema<T>,
  text: string,
  options: ParseOptions,
): T {
  return parseAs(schema, jsonOf(text, options), options);
}

function jsonOf(text: string, { name, remedy }: ParseOptions): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InputError(`${name} is not JSON: ${remedy}`);
  }
}

/** What valibot expects, such as `("x" | "y")`, as a sentence has it. */
function inWords(expected: string): string {
  const names = new Map([
    ["Object", "an object"],
    ["Array", "a list"],
    ["string", "a text"],
    ["number", "a number"],
    ["boolean", "true or false"],
  ]);
  const text = expected.replace(/^\((.*)\)$/, "$1").replaceAll(" | ", " or ");
  return names.get(text) ?? text;
}

/** A value as a message shows it, cut where it is long. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? typeof value;
  return text.length <= 60 ? text : `${text.slice(0, 60)}...`;
}
