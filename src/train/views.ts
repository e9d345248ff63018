/**
 * Which view of a picture each epoch takes, where a picture has several rows.
 *
 * @module
 */

/**
 * The view of a picture in an epoch, from 0 to `views - 1`. Each epoch takes one
 * view of each picture, a `views`-th of them plain, and `views` epochs take them
 * all: nothing is drawn, so that a run which goes on needs to remember nothing.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { viewOf } from "./views.ts";
 * const taken = [0, 1, 2].map((epoch) => viewOf(7, { epoch, views: 3 }));
 * deepStrictEqual(taken, [1, 2, 0]);
 * ```
 */
export function viewOf(
  picture: number,
  { epoch, views }: { epoch: number; views: number },
): number {
  return (picture + epoch) % views;
}

/**
 * The rows to take for `pictures`, of which `taken` others were taken before, in
 * epochs of `count`: view `v` of picture `p` is row `p * views + v`.
 */
export function viewRows(
  pictures: Uint32Array<ArrayBuffer>,
  { taken, count, views }: { taken: number; count: number; views: number },
): Uint32Array<ArrayBuffer> {
  return pictures.map((picture, at) => {
    const epoch = Math.floor((taken + at) / count);
    return picture * views + viewOf(picture, { epoch, views });
  });
}
