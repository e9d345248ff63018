/**
 * Photos to rows of numbers by a frozen network, and which two are most alike.
 *
 *     deno run -R -W -E examples/extract.ts PHOTOS [MODEL]
 */
import {
  extractPictures,
  listRecords,
  openSession,
  openStore,
  resolveModel,
  silentWatcher as watcher,
} from "../mod.ts";

const [photos = "photos", name] = Deno.args;
const model = await resolveModel({ model: name }, { store: openStore() });
const { records: pictures } = await listRecords(photos);

const session = await openSession();
const tools = { session, model, exif: true, watcher };
const { records, features, width } = await extractPictures(pictures, tools);
await session.close();

console.log(`${records.length} photos, ${width} numbers each`);

/** Cosine of the angle between the rows of two pictures. */
function likeness(one: string, other: string): number {
  const [a, b] = [one, other].map((sha256) =>
    features.get(sha256) ?? new Float32Array(width)
  );
  const product = a.reduce((sum, value, index) => sum + value * b[index], 0);
  return product / Math.hypot(...a) / Math.hypot(...b);
}

const [first, ...others] = records;
const [nearest] = others.toSorted((a, b) =>
  likeness(first.sha256, b.sha256) - likeness(first.sha256, a.sha256)
);
console.log(`${first.path} is most like ${nearest.path}`);
