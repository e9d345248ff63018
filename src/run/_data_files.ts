import { formatCsv } from "../bytes/mod.ts";
import type { Examples } from "./examples.ts";
import type { RunFolder } from "./run_folder.ts";

/** Writes the classes, which picture is in which part, and what was left out. */
export async function writeData(
  folder: RunFolder,
  { labels, split, skipped }: Examples,
): Promise<void> {
  await folder.write(
    "labels.txt",
    labels.map((label) => `${label}\n`).join(""),
  );
  await folder.write(
    "split.csv",
    formatCsv(
      ["row", "path", "label", "split", "sha256", "file"],
      split.records.map((record, row) => [
        row,
        record.path,
        record.label,
        record.split,
        record.sha256,
        record.file,
      ]),
    ),
  );
  await folder.write(
    "skipped.csv",
    formatCsv(
      ["path", "reason"],
      skipped.map(({ path, reason }) => [path, reason]),
    ),
  );
}
