/**
 * What `train` without arguments works on.
 *
 * @module
 */
import { chooseModel, type ModelChoice } from "../../models/mod.ts";
import { fetchDigits } from "./digits.ts";
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
 * @throws {InputError} as {@linkcode fetchModel} and {@linkcode fetchDigits} do.
 */
export async function fetchDefaults(
  { home, progress, signal }: DefaultsOptions,
): Promise<Defaults> {
  const choice = await chooseModel(openStore(home));
  const fetched = (item: string): FetchOptions => ({
    home,
    progress: (state) => progress?.({ ...state, item }),
    signal,
  });
  const model = await fetchModel(choice.entry, fetched(choice.entry.name));
  const data = await fetchDigits("demo", fetched("builtin:digits"));
  return { ...choice, model, data };
}
