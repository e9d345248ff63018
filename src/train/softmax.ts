/**
 * Probabilities and loss from a few logits, in f64 on the CPU.
 *
 * @module
 */

/** Softmax of each row of `classes` logits; `(n, classes)` in and out. */
export function softmaxRows(
  logits: Float32Array,
  classes: number,
): Float32Array<ArrayBuffer> {
  const probabilities = new Float32Array(logits.length);
  for (let start = 0; start < logits.length; start += classes) {
    const normaliser = logSumExp(logits, { start, classes });
    for (let c = start; c < start + classes; c++) {
      probabilities[c] = Math.exp(logits[c] - normaliser);
    }
  }
  return probabilities;
}

/** Probabilities of the classes 0 and 1 by one logit a row; `(n, 2)`. */
export function sigmoidRows(logits: Float32Array): Float32Array<ArrayBuffer> {
  const probabilities = new Float32Array(logits.length * 2);
  for (const [row, logit] of logits.entries()) {
    const second = 1 / (1 + Math.exp(-logit));
    probabilities.set([1 - second, second], row * 2);
  }
  return probabilities;
}

/** Mean softmax cross-entropy, and the share of rows whose first largest logit is the label's. */
export function scoreLogits(
  logits: Float32Array,
  labels: Uint32Array,
): { loss: number; accuracy: number } {
  const classes = logits.length / labels.length;
  let loss = 0;
  let correct = 0;
  labels.forEach((label, row) => {
    const start = row * classes;
    loss += logSumExp(logits, { start, classes }) - logits[start + label];
    const z = logits.subarray(start, start + classes);
    if (z.indexOf(largestOf(z)) === label) correct++;
  });
  return { loss: loss / labels.length, accuracy: correct / labels.length };
}

/** Mean sigmoid cross-entropy of one logit a row and labels 0 and 1, and the share of rows on the right side of 0. */
export function scoreSigmoid(
  logits: Float32Array,
  labels: Uint32Array,
): { loss: number; accuracy: number } {
  let loss = 0;
  let correct = 0;
  labels.forEach((label, row) => {
    const z = logits[row];
    loss += Math.max(z, 0) - z * label + Math.log1p(Math.exp(-Math.abs(z)));
    if ((z > 0) === (label === 1)) correct++;
  });
  return { loss: loss / labels.length, accuracy: correct / labels.length };
}

function logSumExp(
  logits: Float32Array,
  { start, classes }: { start: number; classes: number },
): number {
  const z = logits.subarray(start, start + classes);
  const largest = largestOf(z);
  let sum = 0;
  for (const value of z) sum += Math.exp(value - largest);
  return largest + Math.log(sum);
}

function largestOf(values: Float32Array): number {
  return values.reduce((a, b) => Math.max(a, b));
}
