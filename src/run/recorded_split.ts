/**
 * Which pictures a run has seen: its `split.csv`, read back.
 *
 * @module
 */
import * as v from "valibot";
import {
  errorCode,
  fileLimits,
  parseCsv,
  readRegularText,
  textOfCell,
} from "../bytes/mod.ts";
import { InputError } from "../errors.ts";
import { parseRecord } from "../bytes/record.ts";
import { type SplitName, splitNames } from "../data/mod.ts";
import type { Prediction } from "./predictions.ts";
import type { RunFolder } from "./run_folder.ts";

const rowSchema = v.object({
  path: v.string(),
  label: v.string(),
  split: v.picklist(splitNames),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "64 hex digits")),
});

/** A picture of a run, as `split.csv` holds it. */
export type RecordedPicture = Readonly<v.InferOutput<typeof rowSchema>>;

/**
 * The pictures of a run; undefined where it has no `split.csv`.
 *
 * @throws {InputError} that names the line and the column that cannot be
 */
export async function readSplit(
  folder: RunFolder,
): Promise<readonly RecordedPicture[] | undefined> {
  const path = folder.file("split.csv");
  const remedy = `\`./espalier train --resume ${folder.path}\` writes it anew`;
  const text = await readRegularText(path, fileLimits.log).catch((error) => {
    if (errorCode(error.cause) === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const { header, rows } = parseCsv(text, { where: path, remedy });
  const missing = Object.keys(rowSchema.entries).find((name) =>
    !header.includes(name)
  );
  if (missing !== undefined) {
    throw new InputError(
      `${path} has no column ${JSON.stringify(missing)}; ${remedy}`,
    );
  }
  return rows.map((cells, index) =>
    parseRecord(
      rowSchema,
      Object.fromEntries(
        header.map((name, at) => [name, textOfCell(cells[at] ?? "")]),
      ),
      { where: `${path}, line ${index + 2}`, remedy },
    )
  );
}

/** Predictions by what the run did with their pictures. */
export interface SeenPredictions {
  /** How many are of pictures of each part of the run. */
  readonly seen: Readonly<Record<SplitName, number>>;
  /** Those that the run neither trained nor validated on. */
  readonly unseen: readonly Prediction[];
}

/** Tells predictions of a run's own pictures by the digests of their bytes. */
export function seenBefore(
  predictions: readonly Prediction[],
  split: readonly RecordedPicture[],
): SeenPredictions {
  const parts = new Map(split.map(({ sha256, split }) => [sha256, split]));
  const seen = { train: 0, validation: 0, test: 0 };
  const unseen: Prediction[] = [];
  for (const prediction of predictions) {
    const part = parts.get(prediction.sha256 ?? "");
    if (part !== undefined) seen[part]++;
    if (part === undefined || part === "test") unseen.push(prediction);
  }
  return { seen, unseen };
}
