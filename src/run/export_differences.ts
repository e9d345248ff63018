/**
 * What an exported graph does otherwise than the run that it is of.
 *
 * @module
 */
import { kindNames } from "../image/mod.ts";
import type { RunRecord } from "./run_record.ts";

/** Something the user should know; a warning where training photos were concerned. */
export interface ExportDifference {
  readonly isWarning: boolean;
  /** One sentence. */
  readonly message: string;
}

const names = new Map<string, string>(Object.entries(kindNames));

/**
 * How TensorFlow's `DecodeJpeg`, which an exported graph begins with, differs from
 * how the run read its pictures.
 */
export function exportDifferences(
  { settings: { exif, isBottlenecks }, pictures }: Pick<
    RunRecord,
    "settings" | "pictures"
  >,
): ExportDifference[] {
  if (isBottlenecks) return [];
  const differences: ExportDifference[] = [];
  const { count = 0, turned, others = {} } = pictures ?? {};
  const of = `of ${count} training photos`;
  if (exif) {
    const counted = turned === undefined
      ? "it is not known how many of the training photos of this older run were turned"
      : turned === 0
      ? `none ${of} had to be turned`
      : `${turned} ${of} ${turned === 1 ? "was" : "were"}`;
    differences.push({
      isWarning: turned !== 0,
      message:
        `this run turns photos upright by EXIF, and TensorFlow's DecodeJpeg does not (${counted}): turn the files first, or train with --no-exif`,
    });
  }
  const kinds = Object.entries(others).map(([kind, number]) =>
    `${number} ${names.get(kind) ?? kind}`
  );
  if (kinds.length > 0) {
    differences.push({
      isWarning: true,
      message: `the exported graph takes JPEG, and ${
        kinds.join(", ")
      } ${of} are not: a photo that is converted has other pixels, and may get another label`,
    });
  }
  return differences;
}

/** What a model that takes pixels leaves to whoever calls it. */
export function uprightDifferences(
  { settings: { exif, isBottlenecks }, pictures }: Pick<
    RunRecord,
    "settings" | "pictures"
  >,
): ExportDifference[] {
  if (isBottlenecks || !exif) return [];
  return [{
    isWarning: false,
    message: `the run turned photos upright by EXIF (${
      pictures
        ? `${pictures.turned} of ${pictures.count}`
        : "nobody knows how many"
    }): turn them before the model, as Pillow's exif_transpose() does`,
  }];
}
