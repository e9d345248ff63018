/**
 * How long it takes from starting a process to its first features, without and
 * with what drivers keep of compiled shaders.
 *
 * @module
 */
import { join } from "@std/path";
import type { FeatureModel } from "../src/features/mod.ts";
import { encodeGraphDef } from "../src/graph/mod.ts";
import { usualNet } from "./nets.ts";
import { writePictures } from "./pictures.ts";
import type { Row } from "./results.ts";
import type { BenchContext } from "./section.ts";

/** Where drivers are told to keep compiled shaders: Mesa's, NVIDIA's. */
const cacheVariables = ["MESA_SHADER_CACHE_DIR", "__GL_SHADER_DISK_CACHE_PATH"];

/** Rows of the cold and of the warm start, each with a process of its own a round. */
export async function firstFeatureRows(
  { graphDef }: FeatureModel,
  { rounds, signal }: BenchContext,
): Promise<Row[]> {
  const folder = await Deno.makeTempDir({ prefix: "espalier-first-" });
  try {
    const model = join(folder, "graph.pb");
    await Deno.writeFile(model, encodeGraphDef(graphDef));
    const [{ file }] = await writePictures(folder, 1);
    const cold: number[] = [];
    const warm: number[] = [];
    for (let round = 0; round < rounds; round++) {
      signal.throwIfAborted();
      const cache = join(folder, `cache ${round}`);
      await Deno.mkdir(cache);
      cold.push(await secondsToFeatures([model, file], cache));
      warm.push(await secondsToFeatures([model, file], cache));
    }
    const common = { section: "model", unit: "s" } as const;
    return [
      {
        ...common,
        name: `first features of ${usualNet}, empty shader cache`,
        samples: cold,
        warmUp: 0,
      },
      {
        ...common,
        name: `first features of ${usualNet}, warm shader cache`,
        samples: warm,
        warmUp: 1,
      },
    ];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function secondsToFeatures(
  files: readonly string[],
  cache: string,
): Promise<number> {
  const root = new URL("../", import.meta.url);
  const start = performance.now();
  const { success, stderr } = await new Deno.Command("deno", {
    args: [
      "run",
      "--no-prompt",
      "-R",
      "--config",
      new URL("deno.json", root).pathname,
      new URL("bench/_print_features.ts", root).href,
      ...files,
    ],
    env: Object.fromEntries(cacheVariables.map((name) => [name, cache])),
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim());
  return (performance.now() - start) / 1000;
}
