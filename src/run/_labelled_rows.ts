import type { SplitName } from "../data/mod.ts";
import type { LabelledRows } from "../train/mod.ts";
import type { Examples } from "./examples.ts";

/** Rows of one part, with the index of each in `split.csv`. */
export function examplesOf(
  { labels, width, split, features }: Examples,
  part: SplitName,
): LabelledRows & { readonly indices: readonly number[] } {
  const indices = [...split.records.keys()].filter((index) =>
    split.records[index].split === part
  );
  const rows = new Float32Array(indices.length * width);
  const classes = new Uint32Array(indices.length);
  for (const [at, index] of indices.entries()) {
    const { sha256, label } = split.records[index];
    rows.set(features.get(sha256) ?? [], at * width);
    classes[at] = labels.indexOf(label);
  }
  return { rows, features: width, labels: classes, indices };
}
