/**
 * Options that decide nothing in a call are refused: a flag that is taken and
 * ignored is a wrong result in silence.
 *
 * @module
 */
import { UsageError } from "../errors.ts";
import { flagName } from "./args.ts";
import type { OptionTable, OptionValues } from "./option_table.ts";
import type { trainOptions } from "./options.ts";

/** What a table's options are called. */
type NameOf<Options extends OptionTable> = keyof Options & string;

/** Options that decide nothing where a word of the command line says what is done. */
export interface Unused<Options extends OptionTable> {
  readonly options: readonly NameOf<Options>[];
  /** Follows the flag: `is of ..., which ...`. */
  readonly because: string;
}

/**
 * Refuses the first given option that decides nothing.
 *
 * @throws {UsageError} that names the flag and says why
 */
export function refuseUnused<Options extends OptionTable>(
  { options, given }: {
    readonly options: Options;
    readonly given: ReadonlySet<string>;
  },
  unused: readonly Unused<Options>[],
): void {
  for (const { options: names, because } of unused) {
    const name = names.find((name) => given.has(name));
    if (name === undefined) continue;
    const { type, default: usual } = options[name];
    const isOff = type === "boolean" && usual === true;
    throw new UsageError(
      `--${isOff ? "no-" : ""}${flagName(name)} ${because}: leave it out`,
    );
  }
}

type TrainUnused = Unused<typeof trainOptions>;

/** What decides how pictures become features. */
const ofFeatures: TrainUnused["options"] = [
  "model",
  "inputTensor",
  "bottleneckTensor",
  "inputSize",
  "mean",
  "std",
  "channelOrder",
  "interpolation",
  "cropMode",
  "cropPct",
  "architecture",
  "precision",
  "set",
  "fold",
];

/** `--bottlenecks`: neither pictures nor a graph are read. */
const unusedWithTexts: readonly TrainUnused[] = [
  {
    options: ["augment", "views", "exif"],
    because: "changes pictures, and --bottlenecks has features of them",
  },
  {
    options: ofFeatures,
    because:
      "is of the model that made the features of --bottlenecks: give it to predict, eval and export instead",
  },
];

/** One dense layer on features from text files is computed in one way. */
const unusedWithPlainTexts: readonly TrainUnused[] = [{
  options: ["tune", "retune"],
  because: "is of networks that can be computed in several ways",
}];

/** `--find-lr`: a rate that rises, and no run. */
const unusedToFindRates: readonly TrainUnused[] = [{
  options: [
    "rate",
    "schedule",
    "steps",
    "epochs",
    "patience",
    "freezeEpochs",
    "freezeRate",
    "out",
    "assertAccuracy",
  ],
  because: "is of a training, and --find-lr tries rates and trains nothing",
}];

/** The options that decide nothing in a training that is asked for so. */
export function unusedIn(
  { bottlenecks, hidden, findLr }: OptionValues<typeof trainOptions>,
): TrainUnused[] {
  const isOfTexts = bottlenecks !== undefined;
  return [
    isOfTexts ? unusedWithTexts : [],
    isOfTexts && hidden === undefined ? unusedWithPlainTexts : [],
    findLr ? unusedToFindRates : [],
  ].flat();
}
