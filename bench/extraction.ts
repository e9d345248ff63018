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
import { openForward, seededPixels } from "./forward.ts";
import { usualNet } from "./nets.ts";
import { writePictures } from "./pictures.ts";
import type { Row } from "./results.ts";
import { type BenchContext, sampleInTurn } from "./section.ts";
import { median } from "./statistics.ts";
import { benchTuning } from "./tuning.ts";

/** Batches of a round: enough that decoding ahead has something to overlap with. */
const batchesPerRound = 4;

/**
 * Images a second from files to features, and their share of what the forward
 * pass alone reaches in the same rounds.
 */
export async function extractionRow(
  model: FeatureModel,
  { batch: wanted }: { batch: number },
  context: BenchContext,
): Promise<Row> {
  const folder = await Deno.makeTempDir({ prefix: "espalier-bench-" });
  const session = await openSession();
  const forward = await openForward(model, { batch: wanted });
  const decoders = openDecoders();
  try {
    const { batch } = forward;
    await forward.write(seededPixels(batch, model.resize));
    const count = batchesPerRound * batch;
    const requests = await writePictures(folder, count);
    const tuning = await benchTuning(session.adapter);
    const extractor = await openExtractor(session, model, { batch, tuning });
    const open = () => Promise.resolve({ extractor, decoders });
    const [extraction, alone, decoding] = await sampleInTurn([
      async () => {
        const events = await Array.fromAsync(extractRows(requests, { open }));
        const done = events.filter(({ kind }) => kind === "row").length;
        if (done !== count) throw new Error(`${done} of ${count} came out`);
      },
      async () => {
        for (let run = 0; run < batchesPerRound; run++) await forward.run();
      },
      () =>
        Promise.all(
          requests.map(({ file, sha256 }) => decoders.decode(file, { sha256 })),
        ),
    ], context);
    const shares = alone.map((time, round) => time / extraction[round]);
    return {
      section: "model",
      name: `extraction from JPEG files, ${usualNet}`,
      unit: "images/s",
      samples: extraction.map((time) => count * 1000 / time),
      warmUp: 1,
      details: {
        batch,
        "share of forward alone": median(shares),
        "ms of decoding an image": median(decoding) / count,
      },
    };
  } finally {
    decoders.close();
    await forward.close();
    await session.close();
    await Deno.remove(folder, { recursive: true });
  }
}
