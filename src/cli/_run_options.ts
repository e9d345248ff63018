/** What the commands that use a run share. */
import type { OpenedRun, PredictTools } from "../run/mod.ts";
import { openRun, openRunModel } from "../run/mod.ts";
import { modelOptions, noteModel } from "./_model_options.ts";
import { cacheRoot, homeFolder, version, withSession } from "./_tools.ts";
import type { CommandHost, OptionTable } from "./command.ts";
import type { ModelRequest } from "../features/mod.ts";
import type { Terminal } from "./terminal.ts";

const { model, inputTensor, bottleneckTensor, inputSize } = modelOptions;
const { mean, std, channelOrder, precision } = modelOptions;

/** The model's options, for runs from text files and models that have moved. */
export const runModelOptions = {
  model: {
    ...model,
    description: "the run's model, where it has moved or was never named",
  },
  inputTensor,
  bottleneckTensor,
  inputSize,
  mean,
  std,
  channelOrder,
  precision: {
    ...precision,
    description: "how weights are kept on the GPU [as the run kept them]",
  },
} as const satisfies OptionTable;

/** Opens a run to use it, and says so where its training has not ended. */
export async function openRunToUse(
  path: string,
  terminal: Terminal,
): Promise<OpenedRun> {
  const run = await openRun(path);
  const { recipe: { steps }, results } = run.record;
  // Results are of a step before the last where training stopped early.
  if (run.step < steps && results?.step !== run.step) {
    terminal.warn(
      `${path} has done ${run.step} of its ${steps} steps; finish it with \`./espalier train --resume ${path}\``,
    );
  }
  return run;
}

/** Opens the run's model and a GPU session for `work`. */
export async function withRunTools<T>(
  run: OpenedRun,
  { request, host: { terminal, interruption }, work }: {
    request: ModelRequest;
    host: CommandHost;
    work: (tools: PredictTools) => Promise<T>;
  },
): Promise<T> {
  const resolved = await openRunModel(run, { home: homeFolder(), request });
  if (resolved) noteModel(terminal, resolved);
  return await withSession((session) =>
    work({
      session,
      model: resolved,
      cacheRoot: cacheRoot(),
      version,
      // With --json each line of stdout is a result.
      watcher: { ...terminal, event() {} },
      signal: interruption.signal,
    })
  );
}
