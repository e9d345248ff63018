import { UsageError } from "../errors.ts";
import { parseAugmentation } from "../image/mod.ts";
import type { NetworkRequest } from "../run/mod.ts";
import { mostViews } from "../features/mod.ts";
import { networkModes, type RecipeName } from "../train/mod.ts";
import type { OptionTable } from "./command.ts";

/** The options of networks; most of them ask for one. */
export const networkOptions = {
  mode: {
    type: "choice",
    choices: networkModes,
    default: "head",
    description:
      "train a new head on frozen layers, these layers too, or --model small-cnn or mobilenet-v1 afresh",
  },
  hidden: {
    type: "string",
    valueName: "N,N,...",
    description: "units of dense layers before the classes [none]",
  },
  dropout: {
    type: "number",
    valueName: "P",
    description: "share that is dropped after each of them, 0 to 1",
    minimum: 0,
    maximum: 0.99,
  },
  freezeUntil: {
    type: "string",
    valueName: "NAME|N",
    description: "layers up to and with this one stay, as inspect prints them",
  },
  freezeEpochs: {
    type: "integer",
    description:
      "epochs of the head alone, before finetune trains all [3 of 10]",
    minimum: 0,
  },
  lrMult: {
    type: "number",
    description: "times the rate, for the layers before the head [1]",
    minimum: 0,
  },
  epochs: {
    type: "integer",
    description: "times all pictures are seen, in place of --steps",
    minimum: 1,
  },
  clip: {
    type: "string",
    valueName: "LIMIT|norm=LIMIT",
    description: "clip each value of the gradients, or their norm",
  },
  labelSmoothing: {
    type: "number",
    valueName: "P",
    description: "share of the truth that is spread over all classes",
    minimum: 0,
    maximum: 0.99,
  },
  classWeights: {
    type: "choice",
    choices: ["balanced"],
    description: "let rare classes count as much as frequent ones",
  },
  augment: {
    type: "string",
    valueName: "all|crop=4,flip,...",
    description:
      "change pictures: crop, flip, scale, rotation, brightness, contrast",
  },
  views: {
    type: "integer",
    valueName: "K",
    description:
      "views of each picture that a frozen network reads, with --augment [4]",
    minimum: 1,
    maximum: mostViews,
  },
  findLr: {
    type: "boolean",
    description: "try rates from 1e-6 to 1, suggest one, and train nothing",
  },
  patience: {
    type: "integer",
    valueName: "EPOCHS",
    description:
      "stop after so many epochs whose validation loss is no better than the best",
    minimum: 1,
  },
} as const satisfies OptionTable;

/** Values of {@linkcode networkOptions}. */
export interface NetworkValues {
  readonly mode: NetworkRequest["mode"];
  readonly recipe: RecipeName;
  readonly hidden?: string | undefined;
  readonly dropout?: number | undefined;
  readonly freezeUntil?: string | undefined;
  readonly freezeEpochs?: number | undefined;
  readonly lrMult?: number | undefined;
  readonly epochs?: number | undefined;
  readonly clip?: string | undefined;
  readonly labelSmoothing?: number | undefined;
  readonly classWeights?: "balanced" | undefined;
  readonly augment?: string | undefined;
  readonly views?: number | undefined;
  readonly patience?: number | undefined;
}

/** The request that the options make. */
export function networkRequestOf(values: NetworkValues): NetworkRequest {
  const { mode, recipe, dropout, freezeUntil, freezeEpochs, patience } = values;
  return {
    mode,
    recipe,
    hidden: values.hidden === undefined ? undefined : unitsOf(values.hidden),
    dropout,
    freezeUntil,
    freezeEpochs,
    epochs: values.epochs,
    rateMultiplier: values.lrMult,
    labelSmoothing: values.labelSmoothing,
    isBalanced: values.classWeights === "balanced",
    clip: values.clip === undefined ? undefined : clipOf(values.clip),
    augmentation: values.augment === undefined
      ? undefined
      : parseAugmentation(values.augment),
    views: values.views,
    patience,
  };
}

function unitsOf(text: string): number[] {
  const units = text.split(",").map((word) => Number(word.trim() || NaN));
  const isValid = units.every((count) =>
    Number.isInteger(count) && count >= 1 && count <= 65536
  );
  if (isValid) return units;
  throw new UsageError(
    `--hidden takes whole numbers with commas between, such as 1024,512, got "${text}"`,
  );
}

function clipOf(text: string): NetworkRequest["clip"] {
  const [, kind, number] = /^(?:(value|norm)=)?(.+)$/.exec(text) ?? [];
  const limit = Number(number);
  if (Number.isFinite(limit) && limit > 0) {
    return { by: kind === "norm" ? "norm" : "value", limit };
  }
  throw new UsageError(
    `--clip takes a number above 0, or norm= and one, got "${text}"`,
  );
}

/** The option that only networks have, where one was given without asking for a network. */
export function optionOfNetworks(values: NetworkValues): string | undefined {
  const given: readonly (readonly [string, unknown])[] = [
    ["--freeze-until", values.freezeUntil],
    ["--freeze-epochs", values.freezeEpochs],
    ["--lr-mult", values.lrMult],
    ["--clip", values.clip],
    ["--label-smoothing", values.labelSmoothing],
    ["--class-weights", values.classWeights],
    ["--patience", values.patience],
  ];
  return given.find(([, value]) => value !== undefined)?.[0];
}
