import {
  optimizerNames,
  recipeNames,
  recipeScheduleNames,
} from "../train/mod.ts";
import { modelOptions } from "./_model_options.ts";
import { networkOptions } from "./_network_options.ts";

/** What `train` can be told. */
export const trainOptions = {
  test: {
    type: "string",
    valueName: "DIR",
    description: "test on these class folders [a tenth of DATA]",
  },
  ...modelOptions,
  model: {
    ...modelOptions.model,
    valueName: "NAME|FILE.pb|RUN",
    description:
      "a model of the store, a frozen graph, or a run whose layers it takes [the best there is]",
  },
  ...networkOptions,
  recipe: {
    type: "choice",
    choices: recipeNames,
    default: "default",
    description: "how it is trained; classic and onecycle are tutorials'",
  },
  optimizer: {
    type: "choice",
    choices: optimizerNames,
    description: "over the recipe's",
  },
  rate: {
    type: "number",
    description: "learning rate, over the recipe's",
    minimum: 0,
  },
  schedule: {
    type: "choice",
    choices: recipeScheduleNames,
    description: "how the rate changes over the steps, over the recipe's",
  },
  weightDecay: {
    type: "number",
    valueName: "X",
    description:
      "share of the weights that a step takes away, times the rate; L2 but for adamw",
    minimum: 0,
  },
  steps: {
    type: "integer",
    description: "updates, over the recipe's",
    minimum: 1,
  },
  batch: {
    type: "integer",
    description: "rows of an update, over the recipe's",
    minimum: 1,
  },
  bottlenecks: {
    type: "string",
    valueName: "DIR",
    description: "train from <class>/*.txt features instead of pictures",
  },
  limit: {
    type: "integer",
    description: "pictures of each class at most [all]",
    minimum: 1,
  },
  seed: {
    type: "integer",
    default: 0,
    description: "decides the split and the batches",
    minimum: 0,
    maximum: 2 ** 32 - 1,
  },
  out: {
    type: "string",
    valueName: "DIR",
    description: "the run's folder, new or empty [runs/NAME-N]",
  },
  resume: {
    type: "string",
    valueName: "RUN",
    description: "go on with a run from its newest checkpoint",
  },
  assertAccuracy: {
    type: "number",
    valueName: "P",
    description: "exit with 3 if the test accuracy is below this, 0 to 1",
    minimum: 0,
    maximum: 1,
  },
} as const;
