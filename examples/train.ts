/**
 * A classifier from a folder of photos, one sub-folder a class, and what it
 * says of one of them.
 *
 *     deno run -R -W -E examples/train.ts PHOTOS [MODEL]
 */
import {
  listRecords,
  openRun,
  openSession,
  openStore,
  predictPictures,
  resolveModel,
  silentWatcher as watcher,
  trainRun,
} from "../mod.ts";

const [photos = "photos", name] = Deno.args;
const model = await resolveModel({ model: name }, { store: openStore() });

const session = await openSession();
const tools = { session, model, watcher };
const { run, test } = await trainRun({
  settings: { data: photos, seed: 7 },
  overrides: { steps: 200 },
}, tools);
console.log(`${run}: ${test.correct} of ${test.total} test photos are right`);

const { records: [{ path, file }] } = await listRecords(photos);
const trained = await openRun(run);
const { predictions } = await predictPictures(trained, [file], tools);
for (const { label, confidence } of predictions) {
  console.log(`${path} is ${label}, ${(confidence * 100).toFixed(1)} %`);
}
await session.close();
