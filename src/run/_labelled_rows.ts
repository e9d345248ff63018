import type { SplitName } from "../data/mod.ts";
import type { LabelledRows } from "../train/mod.ts";
import type { Examples } from "./examples.ts";

/** Rows of one part, with the index of each picture in `split.csv`. */
export function examplesOf(
  examples: Examples,
  part: SplitName,
): LabelledRows & { readonly indices: readonly number[] } {
  const { labels, width, split } = examples;
  const indices = [...split.records.keys()].filter((index) =>
    split.records[index].split === part
  );
  const views = viewsOf(examples, part);
  const rows = new Float32Array(indices.length * views.length * width);
  const classes = new Uint32Array(indices.length * views.length);
  let at = 0;
  for (const index of indices) {
    const { sha256, label } = split.records[index];
    for (const view of views) {
      rows.set(view.get(sha256) ?? [], at * width);
      classes[at++] = labels.indexOf(label);
    }
  }
  return {
    rows,
    features: width,
    labels: classes,
    views: views.length,
    indices,
  };
}

/** The rows of each view of a part's pictures; the first is the picture as it is. */
export function viewsOf(
  { features, variants }: Examples,
  part: SplitName,
): Examples["variants"] {
  return part === "train" ? [features, ...variants] : [features];
}
