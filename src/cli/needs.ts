/**
 * What a call needs that its task cannot bring, for the launcher `espalier`,
 * which obeys: an adapter, and downloads, after each the files of which any one
 * makes it needless.
 *
 *     adapter
 *     fetch inception-v3
 *     unless /home/ada/.cache/espalier/models/inception-v3-npm/inception-v3-npm.pb.json
 *
 * It has no permissions, so the launcher looks for the files and hands in the
 * environment; and it loads little, because a call waits for it.
 *
 * @module
 */
import { classicName, isModelName, needOf } from "../../models/registry.ts";
import {
  dataSetFolders,
  digitsFolders,
  type Environment,
  espalierHome,
} from "../data/home.ts";
import { UsageError } from "../errors.ts";
import { knownDataSet } from "../store/known_data_sets.ts";
import { openStore } from "../store/store.ts";
import { parseArguments, takeCommonOptions } from "./args.ts";
import type { OptionValues } from "./option_table.ts";
import { trainOptions, trainPositionals } from "./options.ts";
import { refuseUnused, unusedIn } from "./unused.ts";

type TrainValues = OptionValues<typeof trainOptions>;

/** The commands that compute, those of the launcher's own among them. */
const computing = [
  ...["train", "extract", "eval", "predict", "run", "doctor"],
  ...["bench", "test"],
];

/** The lines for a call, `COMMAND ...`; none for a page of help. */
export function needsOf(
  args: readonly string[],
  environment: Environment,
): string[] {
  const { common, rest: [name = "", ...rest] } = takeCommonOptions(args);
  if (common.help || !computing.includes(name)) return [];
  const downloads = name === "train" ? trainNeeds(rest, environment) : [];
  return ["adapter", ...downloads];
}

/** Nothing for a call that is wrong: the command says what is wrong with it. */
function trainNeeds(
  args: readonly string[],
  environment: Environment,
): string[] {
  try {
    const { options, positionals: { data = "builtin:digits" }, given } =
      parseArguments({
        name: "train",
        options: trainOptions,
        positionals: trainPositionals,
      }, args);
    refuseUnused({ options: trainOptions, given }, unusedIn(options));
    if ((options.resume ?? options.bottlenecks) !== undefined) return [];
    const { root } = espalierHome(environment);
    const digits = data === "builtin:digits" ? digitsNeeds(options, root) : [];
    const sets = [data, options.test, options.validation]
      .flatMap((name) => dataSetNeeds(name, root));
    return [...modelNeeds(options, root), ...digits, ...sets];
  } catch (error) {
    if (error instanceof UsageError) return [];
    throw error;
  }
}

/** A model by its name, or the recipe's; where none is named, any that would be chosen is enough. */
function modelNeeds(
  { model, mode, recipe }: TrainValues,
  home: string,
): string[] {
  if (mode === "scratch") return [];
  const name = model ?? (recipe === "classic" ? classicName : undefined);
  if (name !== undefined && !isModelName(name)) return [];
  const { recordPath } = openStore(home);
  const { candidates, fetches } = needOf(name);
  return [
    `fetch ${fetches}`,
    ...candidates.map((entry) => `unless ${recordPath(entry)}`),
  ];
}

function digitsNeeds({ mode }: TrainValues, home: string): string[] {
  const { demo, all } = digitsFolders(home);
  return ["fetch builtin:digits", `unless ${mode === "head" ? demo : all}`];
}

/** A known set, unless something where the user is has its name. */
function dataSetNeeds(name: string | undefined, home: string): string[] {
  if (name === undefined || !knownDataSet(name)) return [];
  const { record } = dataSetFolders(home, name);
  return [`fetch ${name}`, `unless ${name}`, `unless ${record}`];
}

/** `needs.ts NAME=VALUE... -- COMMAND ...`, the values being the environment's. */
if (import.meta.main) {
  const end = Deno.args.indexOf("--");
  const environment = new Map(
    Deno.args.slice(0, end).map((word) => {
      const at = word.indexOf("=");
      return [word.slice(0, at), word.slice(at + 1)] as const;
    }),
  );
  for (const line of needsOf(Deno.args.slice(end + 1), environment)) {
    console.log(line);
  }
}
