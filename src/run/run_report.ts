/**
 * `report.html` of a run.
 *
 * @module
 */
import { basename } from "@std/path";
import type { JsonObject, JsonValue } from "../bytes/mod.ts";
import {
  type Facts,
  type ReportData,
  type ReportedModel,
  reportHtml,
} from "../report/mod.ts";
import type { Examples } from "./examples.ts";
import type { RunFolder } from "./run_folder.ts";
import type { NetworkSettings, RunRecord, RunSettings } from "./run_record.ts";

export async function writeReport(
  folder: RunFolder,
  { record, examples, ...measured }:
    & { readonly record: RunRecord; readonly examples: Examples }
    & Pick<
      ReportData,
      | "validation"
      | "curves"
      | "confusion"
      | "mistakes"
      | "sample"
      | "augmented"
    >,
): Promise<void> {
  const { records } = examples.split;
  const countOf = (part: string) =>
    records.filter(({ split }) => split === part).length;
  const { model, settings, recipe, network, environment, digests, command } =
    record;
  const { created, ...machine } = environment;
  const html = reportHtml({
    name: basename(folder.path),
    created: typeof created === "string"
      ? created.replace(/T(\d\d:\d\d).*/, " $1 UTC")
      : "",
    labels: record.labels,
    images: {
      train: countOf("train"),
      validation: countOf("validation"),
      test: countOf("test"),
    },
    ...reportedModel(record),
    ...measured,
    skipped: examples.skipped,
    warnings: examples.warnings,
    settings: {
      ...settingsFacts(settings),
      ...facts({ ...recipe }),
      ...networkFacts(network),
    },
    environment: machine,
    digests: { ...model ? { model: model.sha256 } : {}, ...digests },
    ...command !== undefined && { command },
  });
  await folder.write("report.html", html);
}

/** The graph or the network that was trained on; nothing where features were given. */
export function reportedModel(
  { model, network }: Pick<RunRecord, "model" | "network">,
): { model?: ReportedModel } {
  if (model) return { model };
  if (network.base.kind !== "native") return {};
  const { base: { name }, weightsOf } = network;
  return {
    model: { name: weightsOf ? `${name}, its layers from ${weightsOf}` : name },
  };
}

/** What was asked for; how views change in one line. */
function settingsFacts({ views, ...plain }: RunSettings): Facts {
  return facts({
    ...plain,
    ...views && { views: views.count, augmentation: { ...views.augmentation } },
  });
}

/** What of a network is not plain JSON already. */
function networkFacts(
  { base, clip, augmentation, frozen: _inLayersCsv, ...plain }: NetworkSettings,
): Facts {
  return facts({
    ...plain,
    network: base.kind === "native" ? base.name : base.kind,
    ...clip && { clip: `${clip.by} ${clip.limit}` },
    ...augmentation && { augmentation: { ...augmentation } },
  });
}

/** Nested values in one line each, which may break at every space. */
function facts(values: JsonObject): Facts {
  const shown = (value: JsonValue) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? JSON.stringify(value, null, 1).replace(/\n */g, " ").replaceAll('"', "")
      : value;
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, shown(value)]),
  );
}
