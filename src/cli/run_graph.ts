import {
  checkReplaceable,
  decodeNpy,
  encodeNpy,
  fileLimits,
  notFiniteText,
  type Npy,
  readRegularFile,
  replaceFile,
} from "../bytes/mod.ts";
import type { Precision } from "../../kernels/half.ts";
import { InputError, UsageError } from "../errors.ts";
import {
  differenceOf,
  differenceText,
  errorOfFile,
  type FedTensor,
  graphOfFile,
  locateModel,
  readModelFile,
  runGraph,
  settingsOfOnnx,
  type TensorValue,
} from "../features/mod.ts";
import { parseSettings, setValues } from "../graph/mod.ts";
import { passes, type PassName } from "../passes/mod.ts";
import { type Command, defineCommand, exitCodes } from "./command.ts";
import { formatNumber } from "./format.ts";
import { modelOptions, passesWithout } from "./options.ts";
import { didYouMean } from "../suggest.ts";
import { openStore } from "../store/mod.ts";
import { withSession } from "./session.ts";
import { counted } from "../plural.ts";

/** `espalier run FILE.pb`: any frozen graph on tensors. */
export const run: Command = defineCommand({
  name: "run",
  summary: "run any frozen graph on tensors from .npy files",
  details:
    "A graph that was frozen for a batch of 1 takes any number of images. Whole numbers and doubles become floats.",
  examples: [
    {
      command: "run net.pb --feed input:0=x.npy --fetch probs:0 --npy y.npy",
      says: "computes probs:0 of x.npy",
    },
    {
      command: "run net.pb --feed input:0=x.npy --fetch pool:0 --no-fold",
      says: "prints what pool:0 is like, batch norm computed apart",
    },
  ],
  json: true,
  options: {
    feed: {
      type: "string",
      group: "data",
      valueName: "NAME:0=X.npy",
      description: "a tensor and its values; once for each input",
      multiple: true,
    },
    fetch: {
      type: "string",
      valueName: "NAME:0",
      description: "a tensor to compute; may be given several times",
      multiple: true,
      required: true,
    },
    npy: {
      type: "string",
      valueName: "Y.npy",
      description: "where to write it; once for each --fetch",
      multiple: true,
    },
    batch: {
      type: "integer",
      group: "model",
      description: "images computed at once at most",
      default: 8,
      minimum: 1,
    },
    set: { ...modelOptions.set, isAdvanced: false },
    architecture: { ...modelOptions.architecture, isAdvanced: false },
    fold: { ...modelOptions.fold, isAdvanced: false },
    precision: {
      ...modelOptions.precision,
      isAdvanced: false,
      description:
        `${modelOptions.precision.description}; says how far the result is from f32, which takes twice the time`,
    },
    without: {
      type: "string",
      group: "model",
      valueName: "PASS,..",
      description: `passes to leave out: ${Object.keys(passes).join(", ")}`,
    },
  },
  positionals: {
    graph: {
      description:
        "a frozen graph (.pb), an ONNX model (.onnx), weights (.safetensors, .pth, .h5), a model of the store",
    },
  },
  async run({ options, positionals, terminal, interruption }) {
    const { fetch: fetches, npy } = options;
    if (npy.length > 0 && npy.length !== fetches.length) {
      throw new UsageError(
        `--npy is given ${counted(npy.length, "time")}, --fetch ${
          counted(fetches.length, "time")
        }: name a file for each tensor`,
      );
    }
    for (const path of npy) await checkReplaceable(path);
    const without = passesWithout(options).concat(passNames(options.without));
    const feeds = await readFeeds(options.feed);
    for (const [name, { data }] of feeds) {
      const wrong = notFiniteText(data);
      if (wrong === undefined) continue;
      terminal.warn(
        `${name} is fed with ${wrong}; what comes out is what TensorFlow makes of it`,
      );
    }
    const location = await locateModel(positionals.graph, {
      store: openStore(),
    });
    const file = await readModelFile(location, options);
    if (file.onnx && options.set.length > 0) throw settingsOfOnnx();
    const graph = file.onnx ??
      setValues(graphOfFile(file), parseSettings(options.set));
    const { batch, precision = "f32" } = options;
    const compute = (precision: Precision) =>
      withSession((session) =>
        runGraph(session, graph, {
          ...{ feeds, fetches, without, batch, precision },
          watcher: terminal,
          signal: interruption.signal,
        })
      ).catch((error) => {
        throw errorOfFile(error, location.path);
      });
    const results = await compute(precision);
    const exact = precision === "f16" ? await compute("f32") : [];
    for (const [at, { data }] of exact.entries()) {
      if (notFiniteText(data) !== undefined) continue;
      const [rows, wanted] = [results[at].data, data]
        .map((values) => [Float32Array.from(values)]);
      const difference = differenceText(differenceOf(rows, wanted));
      terminal.note(`${fetches[at]} is as in f32 to ${difference}`);
    }
    for (const [at, value] of results.entries()) {
      const path = npy[at];
      if (path !== undefined) await replaceFile(path, encodeNpy(value));
      const name = fetches[at];
      const notFinite = notFiniteText(value.data);
      terminal.line(describe(name, { ...value, path, notFinite }));
      terminal.event({
        ...{ event: "tensor", name, shape: value.shape, path },
        ...notFinite !== undefined && { notFinite },
      });
    }
    return exitCodes.success;
  },
});

function describe(
  name: string,
  { shape, data, path, notFinite }: TensorValue & {
    readonly path: string | undefined;
    /** How many values are none that have a place in a range. */
    readonly notFinite: string | undefined;
  },
): string {
  let [minimum, maximum, sum, count] = [Infinity, -Infinity, 0, 0];
  for (const value of data) {
    if (!Number.isFinite(value)) continue;
    minimum = Math.min(minimum, value);
    maximum = Math.max(maximum, value);
    sum += value;
    count++;
  }
  const range = count === 0
    ? ""
    : `  ${formatNumber(minimum)} to ${formatNumber(maximum)}, mean ${
      formatNumber(sum / count)
    }`;
  const others = notFinite === undefined
    ? ""
    : `${range ? "," : " "} ${notFinite}`;
  const target = path === undefined ? "" : `  -> ${path}`;
  return `${name}  [${shape.join(", ")}]${range}${others}${target}`;
}

function passNames(list: string | undefined): PassName[] {
  const isKnown = (name: string): name is PassName =>
    Object.hasOwn(passes, name);
  const known = Object.keys(passes);
  return (list ?? "").split(",").filter(Boolean).map((name) => {
    if (isKnown(name)) return name;
    throw new UsageError(
      `--without takes ${known.join(", ")}, got "${name}"` +
        didYouMean(name, { known }),
    );
  });
}

async function readFeeds(
  feeds: readonly string[],
): Promise<Map<string, FedTensor>> {
  const values = new Map<string, FedTensor>();
  for (const feed of feeds) {
    const [, name, path] = /^([^=]+)=(.+)$/s.exec(feed) ?? [];
    if (name === undefined || path === undefined) {
      throw new UsageError(`--feed takes NAME:0=X.npy, got "${feed}"`);
    }
    if (values.has(name)) {
      throw new UsageError(`--feed gives "${name}" twice; give it once`);
    }
    const npy = decodeNpy(await readRegularFile(path, fileLimits.array), {
      name: path,
    });
    values.set(name, { shape: npy.shape, data: asFloats(npy, path) });
  }
  return values;
}

/**
 * Values as f32: doubles are rounded, whole numbers have to fit.
 *
 * @throws {InputError} naming the first value that would become another one.
 */
function asFloats(npy: Npy, path: string): Float32Array {
  if (npy.dtype === "f32") return npy.data;
  const floats = Float32Array.from(npy.data, Number);
  const isDouble = npy.dtype === "f64";
  for (const [index, value] of npy.data.entries()) {
    const isKept = isDouble
      ? Number.isFinite(floats[index]) || !Number.isFinite(value)
      : BigInt(floats[index]) === BigInt(value);
    if (!isKept) {
      throw new InputError(
        `${path}: value ${index} is ${value}, which a 32-bit float cannot hold; scale the values first`,
      );
    }
  }
  return floats;
}
