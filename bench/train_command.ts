/**
 * What a user waits for: `./espalier train` from Enter to its report, in a process
 * of its own, on pictures whose features are kept.
 *
 * @module
 */
import { join } from "@std/path";
import { encodeGraphDef } from "../src/graph/mod.ts";
import { openNet, usualNet } from "./nets.ts";
import { writeClasses } from "./pictures.ts";
import type { Row } from "./results.ts";
import type { BenchContext } from "./section.ts";

const pictures = { classes: 5, each: 24 } as const;

/** Seconds of whole commands, after one that computes the features. */
export async function trainCommandRow(
  { rounds, signal }: Pick<BenchContext, "rounds" | "signal">,
): Promise<Row> {
  const folder = await Deno.makeTempDir({ prefix: "espalier-train-" });
  try {
    const { model } = await openNet(usualNet);
    if (!model) throw new Error(`"${usualNet}" takes pictures`);
    await Deno.writeFile(
      join(folder, "graph.pb"),
      encodeGraphDef(model.graphDef),
    );
    await writeClasses(join(folder, "photos"), pictures);
    const samples: number[] = [];
    for (let round = -1; round < rounds; round++) {
      signal.throwIfAborted();
      const start = performance.now();
      await train(folder, `run ${round + 1}`);
      if (round >= 0) samples.push((performance.now() - start) / 1000);
    }
    return {
      section: "training",
      name: `train from Enter to report, features of ${usualNet} kept`,
      unit: "s",
      samples,
      warmUp: 1,
      details: { pictures: pictures.classes * pictures.each },
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Trains on `photos` with `graph.pb` of a folder, in a store and on caches of its own. */
async function train(folder: string, run: string): Promise<void> {
  const launcher = new URL("../espalier", import.meta.url).pathname;
  const { success, stderr } = await new Deno.Command("sh", {
    args: [launcher, "train", "photos", "--model", "graph.pb", "--out", run],
    cwd: folder,
    env: { ESPALIER_HOME: join(folder, "home") },
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
}
