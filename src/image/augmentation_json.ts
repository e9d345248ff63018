import { isJsonObject, type JsonValue } from "../bytes/mod.ts";
import type { Augmentation } from "./augment.ts";

/** The amounts that JSON holds, or undefined if it holds none. */
export function parseAmounts(
  json: JsonValue | undefined,
): Augmentation | undefined {
  if (!isJsonObject(json)) return undefined;
  const { crop, flip, scale, rotation, brightness, contrast } = json;
  if (
    typeof crop !== "number" || typeof flip !== "number" ||
    typeof scale !== "number" || typeof rotation !== "number" ||
    typeof brightness !== "number" || typeof contrast !== "number"
  ) return undefined;
  return { crop, flip, scale, rotation, brightness, contrast };
}
