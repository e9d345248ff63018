/**
 * Views: augmentation for a frozen network. Its features are made once, so each
 * training picture is read in a few variants instead of a fresh one each epoch.
 *
 * @module
 */
import { isJsonObject, type JsonValue } from "../bytes/mod.ts";
import { UsageError } from "../errors.ts";
import { type Augmentation, defaultAugmentation } from "../image/mod.ts";
import { parseAmounts } from "../image/augment.ts";

/** Views a picture may have at most. */
export const mostViews = 100;

/** Views where augmentation is asked for without their number. */
const usualViews = 4;

/** In which views training pictures are read. */
export interface Views {
  /** Views of each picture, from 2; the first is the picture as it is. */
  readonly count: number;
  /** How the others change. */
  readonly augmentation: Augmentation;
}

/** What may be said of views. */
export interface ViewsRequest {
  /** Views of each picture; 1 is the picture as it is. */
  readonly views?: number | undefined;
  /** How pictures change. */
  readonly augmentation?: Augmentation | undefined;
}

/** Views, and what the user should hear of them. */
export interface ResolvedViews {
  /** Absent where pictures are read as they are. */
  readonly views?: Views;
  /** A sentence that says what was not asked for. */
  readonly note?: string;
}

/**
 * The views that a request asks for: a number of them asks for the usual
 * augmentation, and augmentation for the usual number.
 *
 * @throws {UsageError} if there is no such number of views
 *
 * @example
 * ```ts
 * import { strictEqual } from "node:assert/strict";
 * import { resolveViews } from "./views.ts";
 * strictEqual(resolveViews({ views: 3 }).views?.count, 3);
 * ```
 */
export function resolveViews(
  { views: wanted, augmentation }: ViewsRequest,
): ResolvedViews {
  if (wanted === undefined && augmentation === undefined) return {};
  const count = wanted ?? usualViews;
  if (!Number.isInteger(count) || count < 1 || count > mostViews) {
    throw new UsageError(
      `--views is ${count}, expected a whole number from 1 to ${mostViews}`,
    );
  }
  if (count === 1) return {};
  const views = { count, augmentation: augmentation ?? defaultAugmentation };
  if (augmentation === undefined) {
    return { views, note: "--views changes pictures as by --augment all" };
  }
  if (wanted !== undefined) return { views };
  return {
    views,
    note:
      `each training picture is read in ${count} views, its features being made once; --views N for others`,
  };
}

/** The views that JSON holds, or undefined if it holds none. */
export function parseViews(json: JsonValue | undefined): Views | undefined {
  if (!isJsonObject(json)) return undefined;
  const { count } = json;
  const augmentation = parseAmounts(json.augmentation);
  return typeof count === "number" && augmentation
    ? { count, augmentation }
    : undefined;
}
