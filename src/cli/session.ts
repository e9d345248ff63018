/** What commands that compute share: the GPU, the model, the run they use. */
import { espalierHome } from "../data/mod.ts";
import { UsageError } from "../errors.ts";
import type { ModelRequest, ResolvedModel } from "../features/mod.ts";
import type { Session } from "../gpu/mod.ts";
import {
  type OpenedRun,
  openRun,
  openRunModel,
  RunFolder,
  type RunTools,
} from "../run/mod.ts";
import type { Accuracy } from "../report/mod.ts";
import type { Tuner } from "../tune/mod.ts";
import type { CommandHost } from "./command.ts";
import { openStore } from "../store/mod.ts";
import {
  endSession,
  openEarlySession,
  openSessionEarly,
} from "./early_session.ts";
import { formatPercent } from "./format.ts";
import type { Terminal } from "./terminal.ts";
import { counted } from "../plural.ts";

/** Runs `work` with a GPU session in a Worker, which is ended whatever happens. */
export async function withSession<T>(
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openEarlySession();
  try {
    return await work(session);
  } finally {
    await endSession(session);
  }
}

/** What `--no-tune` and `--retune` ask for; else tables are read, and made on the first long job. */
export function tunerOf(
  { tune, retune }: { readonly tune: boolean; readonly retune: boolean },
): Tuner | undefined {
  if (tune) {
    const { tuning: folder } = espalierHome(Deno.env);
    return { folder, mode: retune ? "again" : "auto" };
  }
  if (!retune) return undefined;
  throw new UsageError("--no-tune and --retune exclude each other: give one");
}

/** Tells the person watching which model was taken and what to know of it. */
function noteModel(
  terminal: Terminal,
  { name, path, model, provenance, reason }: ResolvedModel,
): void {
  const why = reason === undefined ? "" : `: ${reason}`;
  terminal.note(`model ${name} (${path})${why}`);
  if (provenance !== undefined) terminal.note(`  ${provenance}`);
  for (const note of model.notes) terminal.note(`  ${note}`);
}

/** Opens a run to use it, and says so where its training has not ended. */
export async function openRunToUse(
  path: string,
  terminal: Terminal,
): Promise<OpenedRun> {
  const run = await openRun(path);
  const { recipe: { steps }, results } = run.record;
  // Results are of a step before the last where training stopped early.
  if (run.step < steps && results?.step !== run.step) {
    const holder = await new RunFolder(path).holder();
    const remedy = run.record.exported
      ? "it was exported so"
      : holder === undefined
      ? `finish it with \`./espalier train --resume ${path}\``
      : `it is being trained by ${holder}`;
    terminal.warn(
      `${path} has done ${run.step} of its ${
        counted(steps, "step")
      }; ${remedy}`,
    );
  }
  return run;
}

/** Says which model was taken, and opens the GPU for `work`; with `--json` each line of stdout is a result. */
export async function withTools<T>(
  { terminal, interruption: { signal } }: CommandHost,
  { model, tuner, work }: {
    readonly model: ResolvedModel | undefined;
    readonly tuner?: Tuner | undefined;
    work(tools: RunTools): Promise<T>;
  },
): Promise<T> {
  if (model) noteModel(terminal, model);
  const watcher = { ...terminal, event() {} };
  return await withSession((session) =>
    work({ session, model, tuner, watcher, signal })
  );
}

/** Opens the run's model and the GPU for `work`. */
export async function withRunTools<T>(
  run: OpenedRun,
  { request, host, work }: {
    request: ModelRequest;
    host: CommandHost;
    work: (tools: RunTools) => Promise<T>;
  },
): Promise<T> {
  openSessionEarly();
  const model = await openRunModel(run, { store: openStore(), request });
  return await withTools(host, { model, work });
}

/** An accuracy with its interval, as a line says it. */
export function accuracyText(
  { accuracy, correct, total, low, high }: Accuracy,
): string {
  return `accuracy ${
    formatPercent(accuracy)
  }, ${correct} of ${total} (95 % interval ${formatPercent(low)} to ${
    formatPercent(high)
  })`;
}
