import { InputError, UsageError } from "../errors.ts";
import type { VariableValues } from "../train/mod.ts";
import { headPrefix } from "./_network.ts";
import type { NetworkSettings } from "./network_settings.ts";
import { openRun } from "./use_run.ts";

/**
 * The values that a network of a run without a checkpoint starts from, where
 * they are those of another run: of its layers before the head.
 *
 * @throws {InputError} if the other run cannot be read
 */
export async function valuesToStartFrom(
  { weightsOf }: NetworkSettings,
  run: string,
): Promise<VariableValues | undefined> {
  if (weightsOf === undefined) return undefined;
  const opened = await openRun(weightsOf).catch((error) => {
    const isKnown = error instanceof InputError || error instanceof UsageError;
    if (!isKnown) throw error;
    throw new InputError(
      `${run} has no checkpoint yet and starts from ${weightsOf}, which cannot be read: bring that back, or train a new run`,
      { cause: error },
    );
  });
  if (opened.kind === "head") return undefined;
  return Object.fromEntries(
    Object.entries(opened.values).filter(([name]) =>
      !name.startsWith(headPrefix)
    ),
  );
}
