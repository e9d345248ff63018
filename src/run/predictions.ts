/**
 * Probabilities as answers: a label, how sure, and whether it is right.
 *
 * @module
 */

/** A picture that was predicted. */
export interface PredictedFile {
  /** As it is shown. */
  readonly path: string;
  /** To open. */
  readonly file: string;
  /** The true label, where it is known. */
  readonly truth?: string | undefined;
}

/** What a head says of a picture. */
export interface Prediction extends PredictedFile {
  /** The likeliest label; of equal ones the first. */
  readonly label: string;
  /** Its probability, 0 to 1. */
  readonly confidence: number;
  /** Index of `label`. */
  readonly predictedClass: number;
  /** Index of `truth`. */
  readonly truthClass?: number;
}

/** Reads probabilities `(files, labels)`, row-major. */
export function predictionsOf(
  probabilities: Float32Array,
  { labels, files }: {
    labels: readonly string[];
    files: readonly PredictedFile[];
  },
): Prediction[] {
  return files.map((file, index) => {
    const row = probabilities.subarray(
      index * labels.length,
      (index + 1) * labels.length,
    );
    let best = 0;
    row.forEach((value, at) => best = value > row[best] ? at : best);
    const truthClass = file.truth === undefined
      ? -1
      : labels.indexOf(file.truth);
    return {
      ...file,
      label: labels[best],
      confidence: row[best],
      predictedClass: best,
      ...truthClass < 0 ? {} : { truthClass },
    };
  });
}
