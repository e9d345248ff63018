/** `_print_features.ts GRAPH.pb PICTURE`: what is timed from a process's start to its first features. */
import { openExtractor, openModel } from "../src/features/mod.ts";
import { openLocalSession } from "../src/gpu/local_session.ts";
import { decodeImage } from "../src/image/mod.ts";

const [graph, picture] = Deno.args;
const model = openModel(await Deno.readFile(graph));
const session = await openLocalSession();
const extractor = await openExtractor(session, model, { batch: 1 });
const image = await decodeImage(await Deno.readFile(picture));
const [features] = await extractor.run([image]);
console.log(features.length);
Deno.exit(0);
