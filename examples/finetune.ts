/**
 * A whole network, trained on photos: first a new head on frozen layers, then
 * all of it, each epoch on pictures that are flipped and cropped anew.
 *
 *     deno run -R -W -E examples/finetune.ts PHOTOS MODEL.pb
 */
import {
  openSession,
  openStore,
  resolveNetwork,
  silentWatcher,
  trainRun,
} from "../mod.ts";

const [photos = "photos", file] = Deno.args;
const epochs = 4;
const { settings: network, model } = await resolveNetwork({
  mode: "finetune",
  recipe: "default",
  epochs,
  freezeEpochs: 1,
  augmentation: {
    flip: 0.5,
    crop: 1,
    scale: 0,
    rotation: 0,
    brightness: 0,
    contrast: 0,
  },
}, { model: { model: file }, store: openStore() });

const session = await openSession();
const watcher = { ...silentWatcher, note: console.log };
const { run, test } = await trainRun({
  settings: { data: photos },
  overrides: { epochs, batch: 4 },
  network,
}, { session, model, watcher });
console.log(`${run}: ${test.correct} of ${test.total} test photos are right`);
await session.close();
