import { InputError } from "../errors.ts";
import type { ResolvedModel } from "../features/mod.ts";
import type { Examples } from "./examples.ts";
import type { RunRecord } from "./run_record.ts";

/**
 * Refuses a model that the run was not trained with.
 *
 * @throws {InputError} that names both digests
 */
export function checkSameModel(
  { model: expected }: RunRecord,
  { run, model }: { run: string; model: ResolvedModel | undefined },
): void {
  if (!expected || !model || model.sha256 === expected.sha256) return;
  throw new InputError(
    `${model.path} is not the model that ${run} was trained with (sha256 ${model.sha256}, expected ${expected.sha256}): name the right file with --model`,
  );
}

/**
 * Refuses data that the run was not begun with, before anything of the run is touched.
 *
 * @throws {InputError} that names what differs
 */
export function checkSameData(
  { labels, width, settings, digests }: RunRecord,
  { run, examples }: { run: string; examples: Examples },
): void {
  const isSame = JSON.stringify(labels) === JSON.stringify(examples.labels) &&
    width === examples.width && digests.data === examples.digest &&
    digests.split === examples.split.digest;
  if (isSame) return;
  const folders = [settings.data, settings.test].filter((path) =>
    path !== undefined
  );
  throw new InputError(
    `${
      folders.join(" or ")
    } is not what it was when ${run} was begun: bring back the files that changed, or train a new run`,
  );
}
