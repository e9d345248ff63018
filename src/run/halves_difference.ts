/**
 * What weights in f16 do to a run's predictions: measured, on drawn pictures.
 *
 * @module
 */
import { halved, Random } from "../bytes/mod.ts";
import { openExtractor, type ResolvedModel } from "../features/mod.ts";
import { openSession, type Session } from "../gpu/mod.ts";
import { elementCount } from "../graph/mod.ts";
import { fixedRows, type Tensors } from "../train/mod.ts";
import { imageShape } from "./network.ts";
import { type OpenedRun, predictRows } from "./use_run.ts";

/** So many are enough for the order of it, on a CPU too. */
const pictures = 4;

/** Pixels of a side of a patch of one colour. */
const patch = 8;

/**
 * The largest difference between the probabilities of a run and those that it
 * gives with weights rounded to f16.
 */
export async function differenceOfHalves(
  run: OpenedRun,
  model: ResolvedModel | undefined,
): Promise<number> {
  const { base } = run.record.network;
  const values = roundedValues(run.values);
  const predict = async (of: OpenedRun, precision: "f32" | "f16") => {
    const session = await openSession();
    try {
      const rows = base.kind === "features"
        ? await featuresOf(model, { session, precision })
        : drawn(elementCount(imageShape(base, model?.model) ?? []));
      const { recipe: { scaleRows: scale } } = run.record;
      const labels = new Uint32Array(pictures);
      const source = fixedRows(
        { rows, features: rows.length / pictures, labels },
        { scale },
      );
      return await predictRows(of, source, { session, model });
    } finally {
      await session.close();
    }
  };
  const exact = await predict(run, "f32");
  const rounded = await predict({ ...run, values }, "f16");
  return exact.reduce(
    (most, value, at) => Math.max(most, Math.abs(value - rounded[at])),
    0,
  );
}

function roundedValues(values: Tensors): Tensors {
  const { tensors } = halved(new Map(Object.entries(values)));
  return Object.fromEntries(
    Array.from(tensors, ([name, { shape, data }]) => [
      name,
      { shape, data: Float32Array.from(data) },
    ]),
  );
}

/** Levels of pictures of so many values, in patches. */
function drawn(values: number): Float32Array {
  const random = Random.seeded(1);
  let level = 0;
  return Float32Array.from({ length: pictures * values }, (_, at) => {
    if (at % patch === 0) level = random.below(256);
    return level;
  });
}

async function featuresOf(
  model: ResolvedModel | undefined,
  { session, precision }: {
    readonly session: Session;
    readonly precision: "f32" | "f16";
  },
): Promise<Float32Array> {
  if (!model) throw new Error("The model of the run is not open");
  const { height, width } = model.model.resize;
  const levels = drawn(height * width * 3);
  const length = levels.length / pictures;
  const images = Array.from({ length: pictures }, (_, at) => ({
    ...{ height, width },
    pixels: Uint8Array.from(levels.subarray(at * length, (at + 1) * length)),
  }));
  const extractor = await openExtractor(
    session,
    { ...model.model, precision },
    { batch: pictures },
  );
  const rows = await extractor.run(images);
  const all = new Float32Array(pictures * extractor.width);
  rows.forEach((row, at) => all.set(row, at * extractor.width));
  return all;
}
