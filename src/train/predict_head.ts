/**
 * What a trained head says of rows of features.
 *
 * @module
 */
import type { Session } from "../gpu/session.ts";
import { LogitsRunner } from "./_logits.ts";
import { checkRows } from "./feature_rows.ts";
import { type Head, packParameters, parameterBuffer } from "./head.ts";
import { softmaxRows } from "./softmax.ts";

/**
 * Probabilities `(n, classes)`, row-major, of `rows` `(n, features)`: logits on
 * the GPU, the softmax of these few numbers in f64 on the CPU. What a row gets
 * does not depend, to the last bit, on the rows beside it.
 *
 * @throws {InputError} if the rows are not whole or hold NaN
 */
export async function predictHead(
  session: Session,
  { head, rows, onRows }: {
    head: Head;
    rows: Float32Array;
    /** Hears how many rows are done. */
    onRows?: (done: number) => void;
  },
): Promise<Float32Array> {
  const { features, classes } = head;
  const source = { rows, features };
  checkRows(source, { what: "given", classes });
  const shape = { features, classes };
  const runner = await LogitsRunner.open(session, {
    shape,
    source,
    scale: head.scaleRows,
  });
  try {
    await session.write(parameterBuffer(shape), packParameters(shape, head));
    return softmaxRows(await runner.run(onRows), classes);
  } finally {
    await runner.close();
  }
}
