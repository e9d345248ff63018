/**
 * What `train` without arguments works on.
 *
 * @module
 */
import { chooseModel, type ModelChoice } from "../../models/mod.ts";
import { digitsFolder, writeDigits } from "../data/builtin_digits.ts";
import { fetchModel, type FetchOptions, type FetchProgress } from "./fetch.ts";
import { openStore } from "./store.ts";

/** The default model and demo set, ready to use. */
export interface Defaults extends ModelChoice {
  /** The model's frozen graph. */
  readonly model: string;
  /** The folder of the demo set. */
  readonly data: string;
}

/** {@linkcode FetchProgress} with what is being fetched. */
export interface DefaultsProgress extends FetchProgress {
  /** A model's name, or `builtin:digits`. */
  readonly item: string;
}

/** How {@linkcode fetchDefaults} works. */
export interface DefaultsOptions extends Omit<FetchOptions, "progress"> {
  /** Called often. */
  readonly progress?: (progress: DefaultsProgress) => void;
}

/**
 * Brings the default model and the demo set into the store; what is there
 * already is left alone.
 *
 * @throws {InputError} as {@linkcode fetchModel} and {@linkcode writeDigits} do.
 */
export async function fetchDefaults(
  { home, progress, signal }: DefaultsOptions,
): Promise<Defaults> {
  const stoppable = signal ? { signal } : {};
  const choice = await chooseModel(openStore(home));
  const model = await fetchModel(choice.entry, {
    home,
    progress: (state) => progress?.({ ...state, item: choice.entry.name }),
    ...stoppable,
  });
  const data = digitsFolder(home);
  await writeDigits(data, {
    progress: (done, total) =>
      progress?.({ item: "builtin:digits", stage: "write", done, total }),
    ...stoppable,
  });
  return { ...choice, model, data };
}
