/**
 * What a trained network says of rows.
 *
 * @module
 */
import type { Session } from "../gpu/session.ts";
import type { Graph } from "../graph/ir.ts";
import type { Tuning } from "../../kernels/tuning.ts";
import { NetworkEvaluator } from "./_network_evaluator.ts";
import type { RowSource } from "./row_source.ts";
import { softmaxRows } from "./softmax.ts";
import type { Loss } from "./training_step.ts";
import { writeInitialValues } from "./variables.ts";

/**
 * Probabilities `(count, classes)` of rows, by the values that the network's
 * variables start at. A sigmoid's one logit becomes the classes 0 and 1.
 */
export async function predictNetwork(
  session: Session,
  { network, rows, loss, tuning, onRows }: {
    network: Graph;
    rows: RowSource;
    loss: Loss["kind"];
    /** The kernels' ways of computing [the adapter's preset]. */
    tuning?: Tuning | undefined;
    onRows?: (done: number) => void;
  },
): Promise<Float32Array<ArrayBuffer>> {
  const evaluator = await NetworkEvaluator.open(session, { network, tuning });
  try {
    await writeInitialValues(session, network);
    const logits = await evaluator.run(rows, onRows);
    if (loss === "sigmoid") return sigmoidRows(logits);
    return softmaxRows(logits, logits.length / Math.max(1, rows.count));
  } finally {
    await evaluator.close();
  }
}

function sigmoidRows(logits: Float32Array): Float32Array<ArrayBuffer> {
  const probabilities = new Float32Array(logits.length * 2);
  for (const [row, logit] of logits.entries()) {
    const second = 1 / (1 + Math.exp(-logit));
    probabilities.set([1 - second, second], row * 2);
  }
  return probabilities;
}
