import { InputError, UsageError } from "../errors.ts";
import { printProgram } from "../plan/mod.ts";
import { parseSettings, type PartialShape, setValues } from "../graph/mod.ts";
import {
  graphOfFile,
  type GraphPlan,
  inspectGraph,
  type Inspection,
  inspectOnnx,
  locateModel,
  type ModelFile,
  openModelFile,
  readModelFile,
  settingsOfOnnx,
} from "../features/mod.ts";
import {
  isRun,
  layersNote,
  layersOfRun,
  planTraining,
  type TrainingPlan,
} from "../run/mod.ts";
import { openStore } from "../store/mod.ts";
import { counted, nounOf } from "../plural.ts";
import { optimizerNames } from "../train/mod.ts";
import { flagsOf } from "./args.ts";
import {
  type Command,
  defineCommand,
  type ExitCode,
  exitCodes,
} from "./command.ts";
import { formatBytes, formatCount, formatNumber } from "./format.ts";
import type { OptionTable, OptionValues } from "./option_table.ts";
import { modelOptions } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** Lists of a broken graph can be as long as the graph. */
const maxListed = 20;

const options = {
  inputSize: {
    type: "integer",
    group: "model",
    valueName: "PIXELS",
    description: "height and width of pictures [those in the graph]",
    minimum: 1,
    maximum: 4096,
  },
  output: {
    type: "string",
    group: "model",
    valueName: "NAME:0",
    description: "plan up to this tensor [the graph's outputs]",
  },
  set: modelOptions.set,
  architecture: modelOptions.architecture,
  batch: {
    type: "integer",
    group: "training",
    description: "pictures of a training step",
    default: 16,
    minimum: 1,
  },
  classes: {
    type: "integer",
    group: "training",
    description: "classes to train",
    default: 10,
    minimum: 2,
  },
  optimizer: {
    type: "choice",
    group: "training",
    choices: optimizerNames,
    description: "what trains",
    default: "adam",
  },
  freezeUntil: {
    type: "string",
    group: "training",
    valueName: "NAME|N",
    description: "train the layers after this one only",
  },
  nodes: {
    type: "boolean",
    description: "print the optimised graph, one node a line",
  },
  program: {
    type: "boolean",
    description: "print the planned program, one dispatch a line",
  },
} as const satisfies OptionTable;

/** `espalier inspect FILE|MODEL|RUN`: what a network is made of. */
export const inspect: Command = defineCommand({
  name: "inspect",
  summary: "show what a network is made of and how it would run",
  details:
    "A graph that cannot run is described all the same, with the nodes that stand in its way, and the exit code is 0. Needs no GPU. Layers are the nodes that hold weights, after batch norm is folded; in a file of weights it is a layer, and trained as one. Those of a network that Keras built have the numbers of its model.layers, the input is 1. Training is train --mode finetune with a new head; its pictures and its evaluation take some memory more.",
  examples: [
    { command: "inspect net.pb", says: "ops, shapes, cost, layers" },
    { command: "inspect inception-v3-npm --program", says: "each dispatch" },
    { command: "inspect net.pb --batch 32", says: "memory to train with 32" },
    { command: "inspect runs/digits-1", says: "the layers of a run" },
  ],
  json: true,
  options,
  positionals: {
    graph: {
      description:
        "a frozen graph (.pb), an ONNX model (.onnx), weights (.safetensors, .pth, .h5), a model of the store, a run",
    },
  },
  async run({ options, positionals, terminal }) {
    if (await isRun(positionals.graph)) {
      return await inspectRun(positionals.graph, { options, terminal });
    }
    const location = await locateModel(positionals.graph, {
      store: openStore(),
    });
    const file = await readModelFile(location, options);
    const inspection = inspectionOf(file, options);
    refuseSize(inspection, options);
    const training = trainingOf(file, options);
    const { path, sha256, bytes: { length: bytes } } = file;
    terminal.line(`${path}  ${formatBytes(bytes)}  sha256 ${sha256}`);
    if (file.entry) terminal.line(`${file.entry.provenance}`);
    const { origin, notes = [] } = file.weights ?? {};
    for (const note of notes) terminal.line(note);
    printFacts(inspection, terminal);
    if ("refusal" in inspection.plan) {
      terminal.line(`cannot run as a whole: ${inspection.plan.refusal}`);
    } else {
      const isTrainedApart = file.weights !== undefined;
      printPlan(inspection.plan, {
        ...{ terminal, training, isTrainedApart },
        ...options,
      });
    }
    printTraining(training, { terminal, ...options });
    terminal.event({
      event: "graph",
      path,
      bytes,
      sha256,
      ...origin,
      ...inspection,
      ops: Object.fromEntries(inspection.ops),
      training,
    });
    return exitCodes.success;
  },
});

/** What only a graph has, which a run names. */
const ofGraphs = [
  "inputSize",
  "architecture",
  "output",
  "freezeUntil",
  "nodes",
  "program",
] as const satisfies readonly (keyof typeof options)[];

/** Lists the layers of a run's network, and which of them it trains. */
async function inspectRun(
  path: string,
  { options: values, terminal: { line, style, table, event } }: {
    readonly options: OptionValues<typeof options>;
    readonly terminal: Terminal;
  },
): Promise<ExitCode> {
  const given = Object.fromEntries(
    ofGraphs.map((name) => [name, values[name]]),
  );
  const [flag] = flagsOf(options, given);
  if (flag !== undefined) {
    throw new UsageError(
      `${
        flag[0]
      } is for a graph, and ${path} is a run: leave it out, or inspect the graph that the run names`,
    );
  }
  const layers = await layersOfRun(path, { store: openStore() });
  line(`${path}  a run`);
  line(style("bold", "layers"));
  const rows = layers.map((layer) => [
    String(layer.number ?? ""),
    layer.name,
    layer.op,
    shapeText(layer.shape.slice(1)),
    formatCount(layer.parameters),
    layer.isTrained ? "trained" : "stays",
  ]);
  table(rows, { right: [0, 4], indent: "  " });
  line(`  ${layersNote(layers)}`);
  event({ event: "run", path, layers });
  return exitCodes.success;
}

/** A graph that decodes its pictures resizes them as well. */
function refuseSize(
  { inputs }: Inspection,
  { inputSize }: OptionValues<typeof options>,
): void {
  const takesPixels = inputs.some(({ shape, dtype }) =>
    dtype !== "string" && (shape === null || shape.length === 4)
  );
  if (inputSize === undefined || takesPixels) return;
  throw new UsageError(
    "--input-size is for graphs that take pixels, and no input of this one does: leave it out",
  );
}

function printFacts(
  { ops, inputs, outputs, parameters, bottlenecks, unsupported }: Inspection,
  { line, style, table }: Terminal,
): void {
  const nodes = [...ops.values()].reduce((sum, count) => sum + count, 0);
  const histogram = [...ops].map(([op, count]) => `${op} ${count}`).join(", ");
  line(
    `${style("bold", "ops")} (${formatCount(nodes)} ${
      nounOf(nodes, "nodes")
    }): ${histogram}`,
  );
  line(
    `${style("bold", "parameters")}: ${formatCount(parameters)}, ${
      formatBytes(parameters * 4)
    } as f32`,
  );
  type Tensor = { name: string; shape?: PartialShape; dtype?: string };
  const cellsOf = ({ name, shape = null, dtype = "" }: Tensor) => [
    `${name}:0`,
    shapeText(shape),
    dtype,
  ];
  const sections = {
    "inputs": inputs.map(cellsOf),
    "outputs": outputs.map(cellsOf),
    "likely bottlenecks": bottlenecks.map(cellsOf),
    "unsupported ops": unsupported.map(({ name, op }) => [name, op]),
  };
  for (const [title, rows] of Object.entries(sections)) {
    if (rows.length === 0) continue;
    line(style("bold", title));
    table(rows.slice(0, maxListed), { indent: "  " });
    const rest = rows.length - maxListed;
    if (rest > 0) line(`  and ${formatCount(rest)} more (--json lists them)`);
  }
}

function printPlan(
  plan: GraphPlan,
  { terminal, training, isTrainedApart, freezeUntil, nodes, program }: {
    readonly terminal: Terminal;
    readonly training: TrainingPlan | Refusal;
    /** Whether its batch norms are layers of their own in training. */
    readonly isTrainedApart: boolean;
  } & OptionValues<typeof options>,
): void {
  const { line, block, style, table } = terminal;
  const trained = "layers" in training
    ? training.layers.filter(({ number }) => number !== undefined)
    : [];
  const names = new Set(trained.map(({ name }) => name));
  const behind = plan.layers.filter(({ name }) => !names.has(name))
    .map((layer) => ({ ...layer, number: undefined }));
  const layers = isTrainedApart && trained.length > 0
    ? [...trained, ...behind]
    : plan.layers;
  if (layers.length > 0) line(style("bold", "layers"));
  const marks = new Map(
    freezeUntil === undefined ? [] : trained.map((layer) => [
      layer.name,
      layer.isTrained ? "trained" : "stays",
    ]),
  );
  const rows = layers.map((layer) => [
    String(layer.number ?? ""),
    layer.name,
    layer.op,
    shapeText([1, ...layer.shape.slice(1)]),
    formatCount(layer.parameters),
    marks.get(layer.name) ?? "",
  ]);
  table(rows, { right: [0, 4], indent: "  " });
  line(
    `${style("bold", "program")} up to ${plan.outputs.join(", ")}: ${
      counted(plan.program.steps.length, "dispatch")
    }, ${formatNumber(plan.flops / 1e6)} MFLOP an image, ${
      formatBytes(plan.scratchBytes)
    } of scratch at the peak, ${formatBytes(plan.constantBytes)} of weights`,
  );
  if (nodes) block(plan.graph);
  if (program) block(printProgram(plan.program));
}

function inspectionOf(
  file: ModelFile,
  asked: OptionValues<typeof options>,
): Inspection {
  if (file.onnx) {
    if (asked.set.length > 0) throw settingsOfOnnx();
    return inspectOnnx(file.onnx, asked);
  }
  const declared = graphOfFile(file, asked);
  return inspectGraph(setValues(declared, parseSettings(asked.set)), asked);
}

interface Refusal {
  readonly refusal: string;
}

/** The memory of a training step, or why there is none. */
function trainingOf(
  file: ModelFile,
  { inputSize, set, output: bottleneckTensor, ...asked }: OptionValues<
    typeof options
  >,
): TrainingPlan | Refusal {
  try {
    const model = openModelFile(file, { inputSize, bottleneckTensor, set });
    return planTraining(model, asked);
  } catch (error) {
    // A layer that is not there is a slip of the user's; all else is the graph's.
    const isSlip = error instanceof UsageError && asked.freezeUntil;
    if (error instanceof InputError && !isSlip) {
      return { refusal: error.message };
    }
    throw error;
  }
}

function printTraining(
  training: TrainingPlan | Refusal,
  { terminal: { line, style, table }, batch, classes, optimizer }:
    & OptionValues<typeof options>
    & { readonly terminal: Terminal },
): void {
  if ("refusal" in training) {
    line(`cannot be trained as it is: ${training.refusal}`);
    return;
  }
  line(
    `${
      style("bold", "training")
    } for ${classes} classes with batches of ${batch} and ${optimizer}: ${
      formatBytes(training.total)
    } on the GPU, its largest buffer ${formatBytes(training.largest)}`,
  );
  line(`  ${layersNote(training.layers)}`);
  const rows = [
    ["weights that are trained", training.weights],
    ["what the optimizer remembers", training.optimizer],
    ["weights that stay, and the batch", training.constants],
    [
      `slots: ${counted(training.slots, "buffer")} for what comes and goes`,
      training.scratch,
    ],
    ["  activations that the way back reads", training.activations],
    ["  gradients of the weights", training.gradients],
  ] as const;
  const cells = rows.map(([what, bytes]) => [what, formatBytes(bytes)]);
  table(cells, { right: [1], indent: "  " });
}

function shapeText(shape: PartialShape): string {
  if (shape === null) return "?";
  return `[${shape.map((size) => size < 0 ? "?" : size).join(", ")}]`;
}
