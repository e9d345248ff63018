/**
 * espalier: transfer learning on images, on any GPU, in TypeScript.
 *
 * A frozen network turns photos into features with hand-written WGSL kernels on
 * Deno's own WebGPU; a dense layer, trained by WGSL forward and backward
 * kernels, learns the classes from them. The command line does all of it
 * (`./espalier train photos`); this module is the same as functions:
 *
 * ```ts ignore
 * import * as espalier from "@espalier/espalier";
 *
 * const store = espalier.openStore(espalier.espalierHome(Deno.env).root);
 * const model = await espalier.resolveModel({ model: "inception-v3-npm" }, { store });
 * const session = await espalier.openSession();
 * const tools = { session, model, without: [], cacheRoot: "cache", watcher: espalier.silentWatcher };
 * const settings = { data: "photos", isBottlenecks: false, seed: 0, exif: true };
 * const { run, test } = await espalier.trainRun(
 *   { settings, recipe: "default", overrides: {} },
 *   { ...tools, environment: { espalier: "1" } },
 * );
 * const trained = await espalier.openRun(run);
 * const { predictions } = await espalier.predictPictures(trained, ["new.jpg"], { ...tools, version: "1" });
 * console.log(test.accuracy, predictions[0].label);
 * await session.close();
 * ```
 *
 * @module
 */
export * from "./src/errors.ts";
export * from "./src/bytes/mod.ts";
export * from "./src/image/mod.ts";
export * from "./src/data/mod.ts";
export * from "./src/graph/mod.ts";
export * from "./src/passes/mod.ts";
export * from "./src/plan/mod.ts";
export * from "./src/gpu/mod.ts";
export * from "./src/tune/mod.ts";
export * from "./src/watcher.ts";
export * from "./src/features/mod.ts";
export * from "./src/train/mod.ts";
export * from "./src/report/mod.ts";
export * from "./src/run/mod.ts";
export * from "./src/store/mod.ts";
export * from "./models/mod.ts";
export * as kernels from "./kernels/mod.ts";
export type { AnyKernel } from "./kernels/kernel.ts";
export type { updateRules } from "./kernels/optimizer.ts";
export type { Conv2dTile } from "./kernels/conv2d.ts";
export type { WinogradOutputs } from "./kernels/winograd.ts";
export type { ClassedShape } from "./kernels/tuning.ts";
