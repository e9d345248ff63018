/** What every run works with. */
import type { ResolvedModel } from "../features/mod.ts";
import type { Session } from "../gpu/mod.ts";
import type { Tuner } from "../tune/choose_tuning.ts";
import type { Watcher } from "../watcher.ts";

/** What every run works with. */
export interface RunTools {
  /** Where it is computed. */
  readonly session: Session;
  /** Needed unless the run starts from text files of features. */
  readonly model?: ResolvedModel | undefined;
  /** The folder of cached rows [that of the store]. */
  readonly cacheRoot?: string | undefined;
  /** Chooses the kernels of a new run [the adapter's preset]. */
  readonly tuner?: Tuner | undefined;
  /** Who is told. */
  readonly watcher: Watcher;
  /** Stops the work. */
  readonly signal?: AbortSignal | undefined;
}
