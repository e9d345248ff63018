/**
 * What JSON can hold, as a type.
 *
 * @module
 */

/** A value that survives `JSON.stringify` and `JSON.parse`. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | JsonObject;

/** An object that survives `JSON.stringify` and `JSON.parse`. */
export type JsonObject = { readonly [key: string]: JsonValue };

/** True for an object that is neither null nor a list: what `JSON.parse` may or may not have given. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
