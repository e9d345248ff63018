/**
 * Features of JPEG files, as `extract` computes them.
 *
 * @module
 */
import {
  extractRows,
  type FeatureModel,
  openExtractor,
} from "../src/features/mod.ts";
import { openSession } from "../src/gpu/mod.ts";
import { openDecoders } from "../src/image/mod.ts";
import { writePictures } from "./pictures.ts";
import type { Row } from "./results.ts";
import { type BenchContext, sampleMilliseconds } from "./section.ts";
import { benchTuning } from "./tuning.ts";
import { median } from "./statistics.ts";

/** Batches of a round: enough that decoding ahead has something to overlap with. */
const batchesPerRound = 4;

/** Images a second from files to features, and their share of what the forward pass alone reaches. */
export async function extractionRow(
  model: FeatureModel,
  { batch, rate }: { batch: number; rate: number },
  { rounds, signal }: BenchContext,
): Promise<Row> {
  const folder = await Deno.makeTempDir({ prefix: "espalier-bench-" });
  const session = await openSession();
  const decoders = openDecoders();
  try {
    const count = batchesPerRound * batch;
    const files = await writePictures(folder, count);
    const requests = files.map((file, index) => ({ file, sha256: `${index}` }));
    const extractor = await openExtractor(session, model, {
      batch,
      tuning: await benchTuning(session.adapter),
    });
    const open = () => Promise.resolve({ extractor, decoders });
    const extract = async () => {
      let done = 0;
      for await (const event of extractRows(requests, { open })) {
        if (event.kind === "row") done++;
      }
      if (done !== count) throw new Error(`${done} of ${count} came out`);
    };
    const times = await sampleMilliseconds(extract, { rounds, signal });
    const samples = times.map((milliseconds) => count * 1000 / milliseconds);
    return {
      section: "model",
      name: "extraction from JPEG files",
      unit: "images/s",
      samples,
      warmUp: 1,
      details: { batch, "share of forward alone": median(samples) / rate },
    };
  } finally {
    decoders.close();
    await session.close();
    await Deno.remove(folder, { recursive: true });
  }
}
