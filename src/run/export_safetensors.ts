/**
 * A run as one file of weights, for PyTorch, timm and whoever reads safetensors.
 *
 * @module
 */
import { join } from "@std/path";
import {
  encodeSafetensors,
  halved,
  makeFolder,
  replaceFile,
  sha256,
} from "../bytes/mod.ts";
import type { Architecture } from "../../models/architecture.ts";
import type { Preprocessing } from "../features/mod.ts";
import { version } from "../version.ts";
import type { ExportOptions } from "./export_graphdef.ts";
import type { ExportDifference } from "./export_differences.ts";
import { type ExportedWeights, exportedWeights } from "./export_weights.ts";
import { formatRunRecord, type RunRecord } from "./run_record.ts";
import { timmConfig, timmDifferences } from "./timm_config.ts";
import type { OpenedRun } from "./use_run.ts";

/** What was written. */
export interface SafetensorsExport {
  /** `model.safetensors`. */
  readonly weights: string;
  /** `labels.txt`. */
  readonly labels: string;
  /** `config.json`; absent where no framework knows the network. */
  readonly config?: string;
  /** Tensors that `f16` does not hold, and that are f32. */
  readonly tooLarge: readonly string[];
  /** What the user should know. */
  readonly differences: readonly ExportDifference[];
}

/**
 * Writes `model.safetensors`, `labels.txt` and, for a network that a framework
 * knows, `config.json` into a folder.
 *
 * @throws {InputError} if what was trained has no names there, or the disk refuses
 */
export async function exportSafetensors(
  run: OpenedRun,
  { model, out, precision = "f32" }: ExportOptions,
): Promise<SafetensorsExport> {
  const exported = exportedWeights(run, { model });
  const { architecture, differences } = exported;
  const { tensors, tooLarge } = precision === "f16"
    ? halved(exported.tensors)
    : { tensors: exported.tensors, tooLarge: [] };
  const texts = textsOf(run, exported);
  const { labels } = run.record;
  const paths = {
    weights: join(out, "model.safetensors"),
    labels: join(out, "labels.txt"),
    config: join(out, "config.json"),
  };
  await makeFolder(out);
  await replaceFile(paths.weights, encodeSafetensors({ texts, tensors }));
  await replaceFile(paths.labels, labels.map((label) => `${label}\n`).join(""));
  const { config, ...written } = paths;
  const preprocessing = architecture && preprocessingOf(run, architecture);
  if (!architecture || !preprocessing) {
    return { ...written, differences, tooLarge };
  }
  await replaceFile(
    config,
    timmConfig(architecture, { labels, preprocessing }),
  );
  return {
    ...paths,
    differences: [
      ...differences,
      ...timmDifferences(architecture, preprocessing),
    ],
    tooLarge,
  };
}

/** How pictures become what the network takes. */
function preprocessingOf(
  { record: { model, network: { base } } }: OpenedRun,
  { pixels: { order, ...pixels } }: Architecture,
): (Preprocessing & { kind: "resize" }) | undefined {
  if (model?.preprocessing.kind === "resize") return model.preprocessing;
  if (base.kind !== "native") return undefined;
  const { size } = base;
  const bgr = order === "bgr" && { channelOrder: order } as const;
  return { kind: "resize", size, ...pixels, ...bgr };
}

/** What the file says of itself; `format` is what PyTorch's readers look for. */
function textsOf(
  { record }: OpenedRun,
  { architecture, head, layouts }: ExportedWeights,
): Record<string, string> {
  const { network: { base } } = record;
  return {
    format: "pt",
    ...runTexts(record),
    ...architecture && { architecture: architecture.id },
    ...base.kind === "native" && { network: JSON.stringify(base) },
    ...head !== undefined && { head },
    ...layouts !== undefined && { layouts },
  };
}

/** What files say of the run that they are of. */
export function runTexts(record: RunRecord): Record<string, string> {
  const { labels, model } = record;
  return {
    espalier: version,
    run: sha256(formatRunRecord(record)),
    labels: JSON.stringify(labels),
    ...model && { preprocessing: JSON.stringify(model.preprocessing) },
  };
}
