/**
 * What other tools call our options, so that a command line from a tutorial is
 * answered with ours.
 *
 * @module
 */

/** The flags of TensorFlow's `retrain.py`, of all its versions, and what says the same here. */
const retrainFlags = {
  image_dir: "give the folder itself: espalier train DATA",
  output_graph:
    "use --out DIR, then espalier export RUN --to graphdef --out DIR",
  output_labels: "use --out DIR: labels.txt is written there",
  saved_model_dir: "use espalier export RUN --to graphdef --out DIR",
  intermediate_output_graphs_dir:
    "leave it out: checkpoints of the training are in the run's folder",
  intermediate_store_frequency:
    "leave it out: checkpoints are kept as the training goes",
  summaries_dir: "use --out DIR: log.jsonl and curves.svg are there",
  checkpoint_path: "leave it out: checkpoints are in the run's folder",
  how_many_training_steps: "use --steps N",
  learning_rate: "use --rate X",
  train_batch_size: "use --batch N",
  validation_batch_size: "leave it out: all validation rows are used",
  test_batch_size: "leave it out: all test rows are used",
  testing_percentage: "use --test DIR, or leave it out to test on 10 %",
  validation_percentage:
    "use --validation DIR, or leave it out: 10 % of DATA validates",
  eval_step_interval: "leave it out: every 100 steps are validated",
  bottleneck_dir:
    "leave it out: features are kept in the store; espalier extract DATA --txt DIR writes them",
  model_dir: "use --model NAME or --model FILE",
  architecture: "use --model NAME or --model FILE",
  tfhub_module: "use --model NAME or --model FILE",
  input_binary: "leave it out: any JPEG, PNG and more is read",
  final_tensor_name: "leave it out: the output is final_result",
  print_misclassified_test_images:
    "leave it out: predictions.csv and report.html show them",
  flip_left_right: "use --augment flip",
  random_crop: "use --augment crop=PIXELS",
  random_scale: "use --augment scale=X, a share: 0.1 for 10 %",
  random_brightness: "use --augment brightness=X, a share: 0.1 for 10 %",
  logging_verbosity: "use --quiet for less",
} as const;

/** The flags of TensorFlow's `label_image.py`. */
const labelImageFlags = {
  graph: "give the run itself: espalier predict RUN PHOTO",
  labels: "leave it out: the run knows its labels",
  image: "give the photo itself: espalier predict RUN PHOTO",
  input_layer: "leave it out: the run knows its input",
  output_layer: "leave it out: the run knows its output",
  input_mean: "leave it out: the run knows its mean",
  input_std: "leave it out: the run knows its std",
  input_height: "leave it out: the run knows its input size",
  input_width: "leave it out: the run knows its input size",
  num_top_predictions: "leave it out: the likeliest class is shown",
} as const;

/** Flags of torchvision's reference scripts. */
const torchvisionFlags = {
  val_resize_size:
    "use --crop-pct P: 0.875 makes the shorter side 256 for an input of 224",
  val_crop_size: "use --input-size PIXELS",
} as const;

const tools: readonly (readonly [string, Readonly<Record<string, string>>])[] =
  [["retrain.py", retrainFlags], ["label_image.py", labelImageFlags], [
    "torchvision",
    torchvisionFlags,
  ]];

/** What says the same as a flag of TensorFlow's scripts, however its words are joined. */
export function adviceFor(flag: string): string | undefined {
  const name = flag.replaceAll("-", "_");
  for (const [tool, flags] of tools) {
    if (Object.hasOwn(flags, name)) {
      return `it is ${tool}'s; ${flags[name]}`;
    }
  }
  return undefined;
}

/** What other tools call an option, by our name for it, in letters alone. */
const synonyms: Readonly<Record<string, string>> = {
  rate: "lr lrate learningrate initiallr lr0 eta stepsize",
  batch: "batchsize bs minibatch minibatchsize trainbatchsize",
  epochs: "epoch numepochs nepochs maxepochs nepoch numepoch trainepochs",
  steps:
    "step numsteps maxsteps iterations iters numiterations maxiter trainsteps",
  schedule: "lrschedule scheduler lrscheduler lrpolicy",
  weightDecay: "wd decay l2 weightdecayrate",
  optimizer: "opt optim optimiser",
  labelSmoothing: "smoothing ls",
  classWeights: "classweight balanced",
  patience: "earlystopping earlystop earlystoppingpatience",
  seed: "randomseed randomstate",
  model: "arch backbone net network basemodel pretrained weights",
  inputSize: "imagesize imgsize imgsz size resolution inputshape",
  hidden: "hiddenunits hiddenlayers dense fc units",
  dropout: "droprate dropoutrate keepprob",
  augment: "augmentation augmentations aug transforms",
  freezeUntil: "freeze frozen freezelayers trainablelayers unfreeze",
  freezeEpochs: "warmupepochs headepochs",
  freezeRate: "headlr freezelr headrate",
  lrMult: "lrmultiplier backbonelr",
  findLr: "lrfind lrfinder findrate",
  test: "testdir testset testdata",
  validation: "val valdir validationdir valid validdir valdata validationset",
  limit: "maxpictures maximages maxperclass",
  bottlenecks: "bottleneckdir features featuredir",
  bottleneckTensor: "bottleneck featurelayer layer",
  inputTensor: "inputlayer inputname",
  out: "output outputdir outdir savedir logdir rundir save outputfolder",
  resume: "checkpoint restore continue ckpt",
  recipe: "preset config",
  mode: "training finetune scratch",
  mean: "inputmean",
  std: "inputstd stddev",
  interpolation: "resample resampling resizemethod interpolationmode",
  cropMode: "centercrop resizemode squash",
  cropPct: "cropfraction croppercent cropratio",
  clip: "clipnorm gradclip clipvalue gradientclip maxgradnorm",
  grid: "plot show figure",
  precision: "dtype fp16 half amp",
  npy: "save outfile",
  feed: "input inputs",
  fetch: "output outputs",
};

/** The option of a table that other tools call so. */
export function optionCalled(
  flag: string,
  options: Readonly<Record<string, unknown>>,
): string | undefined {
  const letters = flag.toLowerCase().replace(/[^a-z0-9]/g, "");
  return Object.keys(options).find((name) =>
    name.toLowerCase() === letters ||
    synonyms[name]?.split(" ").includes(letters)
  );
}
