/**
 * Which kernels are fastest on this adapter: measured, kept and used.
 *
 * @module
 */
import { formatNumber, formatTable } from "../src/cli/format.ts";
import { espalierHome } from "../src/data/home.ts";
import type { AdapterFacts } from "../src/gpu/mod.ts";
import type { ClassProbe } from "../src/tune/mod.ts";
import { presetTuning, tileText, type Tuning } from "../src/plan/mod.ts";
import { tuneAdapter } from "../src/tune/tune_adapter.ts";
import { readTuning } from "../src/tune/tuning_file.ts";
import { openNet } from "./nets.ts";
import type { Section } from "./section.ts";

/** The folder of tables. */
function tuningFolder(): string {
  return espalierHome(Deno.env).tuning;
}

/** The table that was measured on an adapter, else its preset. */
export async function benchTuning(adapter: AdapterFacts): Promise<Tuning> {
  const { tuning } = await readTuning(tuningFolder(), adapter);
  return tuning ?? presetTuning(adapter);
}

/** Measures the adapter and keeps the table, which the other parts then use. */
export const tuningSection: Section = {
  name: "tuning",
  isOnRequest: true,
  async run({ terminal, signal, add }) {
    const { network: model } = await openNet("inception-v3");
    const { probed, gain, batch, milliseconds } = await tuneAdapter({
      model,
      folder: tuningFolder(),
      watcher: terminal,
      signal,
    });
    for (const line of tableOf(probed.classes)) terminal.line(line);
    const common = { section: "tuning", warmUp: 1 } as const;
    const rate = (time: number) => batch * 1000 / time;
    add({
      ...common,
      name: "probing, and the comparison of whole nets",
      unit: "s",
      samples: [milliseconds / 1000],
      warmUp: 0,
      details: {
        "s of probing": probed.milliseconds / 1000,
        "classes of shapes": probed.classes.length,
        "classes left": probed.left,
      },
    });
    if (!gain) return;
    add({
      ...common,
      name: `forward with the preset kernels, batch ${batch}`,
      unit: "images/s",
      samples: [rate(gain.before)],
    });
    add({
      ...common,
      name: `forward with the tuned kernels, batch ${batch}`,
      unit: "images/s",
      samples: [rate(gain.after)],
      details: { "times the preset": gain.before / gain.after },
    });
  },
};

function tableOf(classes: readonly ClassProbe[]): string[] {
  return formatTable([
    ["preset ms", "ms", "taken", "class of shapes"],
    ...classes.map(({ name, chosen, winograd, times }) => {
      const time = times.find((time) =>
        time.tile === chosen && time.winograd === winograd
      );
      return [
        formatNumber(times[0].milliseconds),
        formatNumber(time?.milliseconds ?? NaN),
        winograd === undefined
          ? tileText(chosen)
          : `winograd of ${winograd}, ${tileText(chosen)}`,
        name,
      ];
    }),
  ], { right: [0, 1] });
}
