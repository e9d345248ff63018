import { replaceFile } from "../bytes/mod.ts";
import { ratesSvg } from "../report/mod.ts";
import type { FoundRate } from "../run/mod.ts";
import { type ExitCode, exitCodes } from "./command.ts";
import { formatTable } from "./format.ts";
import type { Terminal } from "./terminal.ts";

/** Where the curve goes, in the current folder. */
const file = "learning-rates.svg";

/** Rates that are printed. */
const mostLines = 20;

/** Prints the losses that were found by rate, draws them, and says which rate to take. */
export async function showRates(
  terminal: Terminal,
  find: () => Promise<FoundRate>,
): Promise<ExitCode> {
  const { points, suggestion } = await find();
  const every = Math.ceil(points.length / mostLines);
  const rows = points.filter((_, index) => index % every === 0)
    .map(({ rate, loss }) => [rate.toExponential(1), loss.toFixed(4)]);
  for (const row of formatTable([["rate", "loss"], ...rows], { right: [1] })) {
    terminal.line(row);
  }
  await replaceFile(file, ratesSvg(points, suggestion));
  terminal.line(`curve ${file}`);
  terminal.line(`try --rate ${suggestion}`);
  terminal.event({ event: "done", suggestion, points, curve: file });
  return exitCodes.success;
}
