import { encodeNpy } from "../bytes/mod.ts";
import type { Head } from "../train/mod.ts";
import type { RunFolder } from "./run_folder.ts";
import type { RunRecord } from "./run_record.ts";

/** Writes a trained head for other tools: what it is, its weights and its bias. */
export async function writeHead(
  folder: RunFolder,
  head: Head,
  record: RunRecord,
): Promise<void> {
  const { features, classes, weights, bias, scaleRows } = head;
  const description = {
    format: "espalier head",
    version: 1,
    features,
    classes,
    scaleRows,
    labels: record.labels,
    model: record.model ?? null,
  };
  await folder.write(
    "model/head.json",
    `${JSON.stringify(description, null, 2)}\n`,
  );
  await folder.write(
    "model/weights.npy",
    encodeNpy({ shape: [features, classes], data: weights }),
  );
  await folder.write(
    "model/bias.npy",
    encodeNpy({ shape: [classes], data: bias }),
  );
}
