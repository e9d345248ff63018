import { cleanFeatureCaches, espalierHome, folderSize } from "../data/mod.ts";
import { nounOf } from "../plural.ts";
import { UsageError } from "../errors.ts";
import { type Command, defineCommand, exitCodes } from "./command.ts";
import { formatBytes, formatCount } from "./format.ts";
import { didYouMean } from "../suggest.ts";

const actions = ["size", "clean"];

/** `espalier cache [size|clean]`: what the store holds, and room for more. */
export const cache: Command = defineCommand({
  name: "cache",
  summary: "show the size of the store, or remove cached features",
  details:
    "Features can be computed again from the images; models, data sets and tuning are kept. A data set or a model goes with its folder.",
  examples: [
    { command: "cache", says: "what models, data, features and tuning take" },
    { command: "cache clean", says: "removes the features" },
  ],
  json: true,
  options: {},
  positionals: {
    action: { description: "size or clean [size]", optional: true },
  },
  async run({ positionals, terminal }) {
    const action = positionals.action ?? "size";
    if (!actions.includes(action)) {
      throw new UsageError(
        `cache takes ${actions.join(" or ")}, got "${action}"` +
          didYouMean(action, { known: actions }),
      );
    }
    const home = espalierHome(Deno.env);
    if (action === "clean") {
      const { files, bytes } = await cleanFeatureCaches(home.features);
      terminal.line(
        `removed ${formatCount(files)} ${nounOf(files, "files")}, ${
          formatBytes(bytes)
        }, from ${home.features}`,
      );
      terminal.event({ event: "cleaned", path: home.features, files, bytes });
      return exitCodes.success;
    }
    const rows = [];
    for (const path of [home.models, home.data, home.features, home.tuning]) {
      const { files, bytes } = await folderSize(path);
      rows.push([
        formatBytes(bytes),
        `${formatCount(files)} ${nounOf(files, "files")}`,
        path,
      ]);
      terminal.event({ event: "size", path, files, bytes });
    }
    terminal.table(rows, { right: [0, 1] });
    return exitCodes.success;
  },
});
