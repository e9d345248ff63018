/**
 * What a run knows of its model: nothing that a user may say again.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import type { ModelRequest } from "../features/mod.ts";

/** What a user may say of a model, by its flag; no flag says how JPEGs are decoded. */
const flags = {
  model: "--model",
  inputTensor: "--input-tensor",
  bottleneckTensor: "--bottleneck-tensor",
  inputSize: "--input-size",
  mean: "--mean",
  std: "--std",
  channelOrder: "--channel-order",
  interpolation: "--interpolation",
  cropMode: "--crop-mode",
  cropPct: "--crop-pct",
  architecture: "--architecture",
  precision: "--precision",
  set: "--set",
  without: "--no-fold",
} as const satisfies {
  readonly [
    K in Exclude<keyof ModelRequest, "dctMethod" | "resampling">
  ]-?: string;
};

type Said = keyof typeof flags;

/**
 * Refuses what is said of a model and decides nothing, because `owner` decides it.
 *
 * @throws {UsageError} that names the flag
 */
export function refuseKnown(
  request: ModelRequest,
  { owner, open }: {
    /** A run's folder, or what else there is in place of a frozen graph. */
    readonly owner: string;
    /** What is not decided yet. */
    readonly open: readonly Said[];
  },
): void {
  for (const [name, flag] of Object.entries(flags)) {
    const isOpen = open.some((known) => known === name);
    const said = new Map(Object.entries(request)).get(name);
    const isSaid = Array.isArray(said) ? said.length > 0 : said !== undefined;
    if (isOpen || !isSaid) continue;
    const what = name === "without"
      ? "batch norm"
      : flag.slice(2).replaceAll("-", " ");
    throw new UsageError(
      `${owner} knows its own ${what}: leave ${flag} out`,
    );
  }
}
