/**
 * What a classifier's answers are worth: confusion, accuracy with its interval, precision and recall.
 *
 * @module
 */

/** Row = true class, column = predicted class, entry = number of images. */
export type ConfusionMatrix = readonly (readonly number[])[];

/** One answer of the classifier beside the truth, both as indices into the labels. */
export interface Outcome {
  readonly truth: number;
  readonly predicted: number;
}

/** A share of right answers with its 95 % interval. All three are NaN when `total` is 0. */
export interface Accuracy {
  /** Right answers. */
  readonly correct: number;
  /** All answers. */
  readonly total: number;
  /** `correct / total`, 0 to 1. */
  readonly accuracy: number;
  /** Lower end of the interval, 0 to 1. */
  readonly low: number;
  /** Upper end of the interval, 0 to 1. */
  readonly high: number;
}

/** How one class fared. A ratio without a denominator is undefined, never 0. */
export interface ClassMetrics {
  /** Images whose truth is this class. */
  readonly support: number;
  /** Of the images called this class, the share that is. */
  readonly precision: number | undefined;
  /** Of the images of this class, the share that was found. */
  readonly recall: number | undefined;
  /** Harmonic mean of the two, `2 TP / (2 TP + FP + FN)`. */
  readonly f1: number | undefined;
}

/** The standard normal's 97.5 % point: 95 % lie within this many deviations. */
const normalQuantile = 1.959963984540054;

/**
 * Counts each pair of true and predicted class.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "@std/assert";
 * const outcomes = [{ truth: 0, predicted: 0 }, { truth: 0, predicted: 1 }];
 * deepStrictEqual(confusionMatrix(outcomes, 2), [[1, 1], [0, 0]]);
 * ```
 *
 * @throws {RangeError} if an index is no class.
 */
export function confusionMatrix(
  outcomes: Iterable<Outcome>,
  classes: number,
): number[][] {
  const matrix = Array.from(
    { length: classes },
    () => new Array<number>(classes).fill(0),
  );
  for (const { truth, predicted } of outcomes) {
    for (const index of [truth, predicted]) {
      if (!Number.isInteger(index) || index < 0 || index >= classes) {
        throw new RangeError(
          `Class ${index} is outside the ${classes} classes`,
        );
      }
    }
    matrix[truth][predicted]++;
  }
  return matrix;
}

/**
 * The accuracy with Wilson's 95 % score interval, which stays within 0 to 1 and is honest for few images.
 *
 * @see E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927)
 * @throws {RangeError} if `correct` is not within 0 to `total`.
 */
export function accuracyOf(correct: number, total: number): Accuracy {
  if (!(correct >= 0 && correct <= total)) {
    throw new RangeError(`${correct} right answers of ${total} are impossible`);
  }
  if (total === 0) {
    return { correct, total, accuracy: NaN, low: NaN, high: NaN };
  }
  const share = correct / total;
  const square = normalQuantile ** 2;
  const centre = (share + square / (2 * total)) / (1 + square / total);
  const spread = Math.sqrt(
    share * (1 - share) / total + square / (4 * total ** 2),
  );
  const half = normalQuantile * spread / (1 + square / total);
  // At 0 and at 100 % one end is exact, where the formula leaves rounding.
  const low = correct === 0 ? 0 : centre - half;
  const high = correct === total ? 1 : centre + half;
  return { correct, total, accuracy: share, low, high };
}

/** The accuracy of all answers in a confusion matrix: its diagonal over its sum. */
export function accuracyOfMatrix(matrix: ConfusionMatrix): Accuracy {
  return accuracyOf(
    sum(matrix.map((row, index) => row[index])),
    sum(matrix.map(sum)),
  );
}

/** Precision, recall and F1 of each class, in the order of the matrix. */
export function classMetrics(matrix: ConfusionMatrix): ClassMetrics[] {
  return matrix.map((row, index) => {
    const found = row[index];
    const support = sum(row);
    const called = sum(matrix.map((other) => other[index]));
    return {
      support,
      precision: ratio(found, called),
      recall: ratio(found, support),
      f1: ratio(2 * found, called + support),
    };
  });
}

/** The mean F1 over the classes that have one; undefined if none has. */
export function macroF1(metrics: readonly ClassMetrics[]): number | undefined {
  const scores = metrics.map((metric) => metric.f1).filter((score) =>
    score !== undefined
  );
  return ratio(sum(scores), scores.length);
}

function ratio(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
