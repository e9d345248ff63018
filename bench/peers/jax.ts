/**
 * jax-js on WebGPU as a peer that trains. Its package, of the configuration
 * beside it, is imported by name at run time, so that it is in no module graph of
 * ours. A whole step, its optimizer included, is one function that it compiles.
 *
 * @module
 */
import {
  type HeadTask,
  type NetworkTask,
  type PeerTraining,
  servePeer,
  versionOf,
} from "./serve.ts";

/** An array of jax-js: what takes one frees it, and `ref` keeps it. */
interface Value {
  readonly ref: Value;
  readonly shape: readonly number[];
  add(other: Value | number): Value;
  sub(other: Value | number): Value;
  mul(other: Value | number): Value;
  div(other: Value | number): Value;
  sum(): Value;
  slice(at: number | readonly number[]): Value;
  reshape(shape: readonly number[]): Value;
  astype(type: unknown): Value;
  dispose(): void;
  data(): Promise<unknown>;
}

type Values = Readonly<Record<string, Value>>;

/** What a step takes and gives: everything that changes. */
interface State {
  readonly [name: string]: Value | Values;
}

/** What is used of jax-js. */
interface Jax {
  init(device: "webgpu"): Promise<readonly string[]>;
  defaultDevice(device: "webgpu"): void;
  jit<F>(step: F): F;
  valueAndGrad(
    loss: (weights: Values, ...data: Value[]) => Value,
  ): (weights: Values, ...data: Value[]) => [Value, Values];
  readonly tree: { ref(tree: Values): Values };
  readonly numpy: {
    readonly float32: unknown;
    readonly int32: unknown;
    array(values: number | readonly number[], options?: {
      dtype: unknown;
    }): Value;
    zeros(shape: readonly number[]): Value;
    dot(a: Value, b: Value): Value;
    max(x: Value): Value;
    sqrt(x: Value): Value;
    square(x: Value): Value;
    power(base: number, exponent: Value): Value;
    subtract(a: number, b: Value): Value;
  };
  readonly lax: {
    conv(
      x: Value,
      filter: Value,
      strides: readonly number[],
      padding: "VALID",
    ): Value;
    reduceWindow(
      x: Value,
      reduce: (window: Value) => Value,
      window: readonly number[],
      strides: readonly number[],
    ): Value;
  };
  readonly nn: {
    relu(x: Value): Value;
    logSoftmax(x: Value): Value;
    oneHot(labels: Value, classes: number): Value;
  };
  readonly random: {
    key(seed: number): Value;
    split(key: Value, count: number): Value;
    bernoulli(key: Value, p: number, shape: readonly number[]): Value;
    uniform(key: Value, shape: readonly number[], range?: {
      minval: number;
      maxval: number;
    }): Value;
  };
}

const name = "@jax-js/jax";

async function openJax(): Promise<Jax> {
  const load = (specifier: string) => import(specifier);
  const jax: Jax = await load(name);
  const devices = await jax.init("webgpu");
  if (!devices.includes("webgpu")) throw new Error("jax-js has no WebGPU");
  jax.defaultDevice("webgpu");
  return jax;
}

function oneHotLabels(
  { nn, numpy }: Jax,
  count: number,
  classes: number,
): Value {
  const labels = Array.from({ length: count }, (_, row) => row % classes);
  return nn.oneHot(numpy.array(labels, { dtype: numpy.int32 }), classes);
}

/** Mean cross-entropy of the softmax of logits, the labels as rows with one 1. */
function crossEntropy({ nn }: Jax, logits: Value, labels: Value): Value {
  const [batch] = logits.shape;
  return nn.logSoftmax(logits).mul(labels).sum().mul(-1 / batch);
}

/** A dense layer with a softmax, by SGD. */
function prepareHead(
  jax: Jax,
  { features, classes, batch, dataRows }: HeadTask,
): PeerTraining {
  const { numpy, random, tree } = jax;
  const batches = Array.from({ length: dataRows / batch }, (_, index) => ({
    x: random.uniform(random.key(index), [batch, features]),
    y: oneHotLabels(jax, batch, classes),
  }));
  const lossOf = (w: Values, x: Value, y: Value) =>
    crossEntropy(jax, numpy.dot(x, w.kernel).add(w.bias), y);
  const step = jax.jit((w: Values, x: Value, y: Value): [Values, Value] => {
    const [loss, slopes] = jax.valueAndGrad(lossOf)(tree.ref(w), x, y);
    const moved = Object.entries(w).map(([key, value]) =>
      [key, value.sub(slopes[key].mul(0.001))] as const
    );
    return [Object.fromEntries(moved), loss];
  });
  let weights: Values = {
    kernel: numpy.zeros([features, classes]),
    bias: numpy.zeros([classes]),
  };
  return {
    parameters: countOf(weights),
    async run(steps) {
      let last: Value | undefined;
      for (let index = 0; index < steps; index++) {
        const { x, y } = batches[index % batches.length];
        last?.dispose();
        [weights, last] = step(weights, x.ref, y.ref);
      }
      await last?.data();
    },
  };
}

/** The small CNN, by Adam. */
function prepareNetwork(jax: Jax, task: NetworkTask): PeerTraining {
  if (task.name !== "small CNN") throw new Error(`it has no ${task.name}`);
  const { batch, size, channels, classes } = task;
  const { numpy, random } = jax;
  const weights = smallCnnWeights(jax, task);
  const zeros = () =>
    Object.fromEntries(
      Object.entries(weights).map(([key, { shape }]) =>
        [key, numpy.zeros(shape)] as const
      ),
    );
  const step = jax.jit(adamStep(jax, (w, x, y, key) => {
    const logits = smallCnn(jax, w, { x, key });
    return crossEntropy(jax, logits, y);
  }));
  let state: AdamState = {
    weights,
    means: zeros(),
    squares: zeros(),
    step: numpy.array(0),
    key: random.key(1),
  };
  const x = random.uniform(random.key(2), [batch, channels, size, size]);
  const y = oneHotLabels(jax, batch, classes);
  return {
    parameters: countOf(weights),
    async run(steps) {
      let last: Value | undefined;
      for (let index = 0; index < steps; index++) {
        last?.dispose();
        [state, last] = step(state, x.ref, y.ref);
      }
      await last?.data();
    },
  };
}

interface AdamState extends State {
  readonly weights: Values;
  readonly means: Values;
  readonly squares: Values;
  readonly step: Value;
  readonly key: Value;
}

function adamStep(
  { numpy, random, tree, valueAndGrad }: Jax,
  lossOf: (w: Values, x: Value, y: Value, key: Value) => Value,
) {
  return (state: AdamState, x: Value, y: Value): [AdamState, Value] => {
    const { weights, means, squares } = state;
    const keys = random.split(state.key, 2);
    const key = keys.ref.slice(0);
    const [loss, slopes] = valueAndGrad(lossOf)(
      tree.ref(weights),
      x,
      y,
      keys.slice(1),
    );
    const step = state.step.add(1);
    const first = numpy.subtract(1, numpy.power(0.9, step.ref));
    const second = numpy.subtract(1, numpy.power(0.999, step.ref));
    const moved = Object.keys(weights).map((name) => {
      const mean = means[name].mul(0.9).add(slopes[name].ref.mul(0.1));
      const square = squares[name].mul(0.999)
        .add(numpy.square(slopes[name]).mul(0.001));
      const size = numpy.sqrt(square.ref.div(second.ref)).add(1e-7);
      const by = mean.ref.div(first.ref).mul(1e-4).div(size);
      return { name, mean, square, weight: weights[name].sub(by) };
    });
    first.dispose();
    second.dispose();
    const next = {
      weights: Object.fromEntries(moved.map((one) => [one.name, one.weight])),
      means: Object.fromEntries(moved.map((one) => [one.name, one.mean])),
      squares: Object.fromEntries(moved.map((one) => [one.name, one.square])),
      ...{ step, key },
    };
    return [next, loss];
  };
}

/** Images NCHW to logits; what is dropped is drawn anew in each step. */
function smallCnn(
  { lax, nn, numpy, random }: Jax,
  w: Values,
  { x, key }: { x: Value; key: Value },
): Value {
  const [batch] = x.shape;
  const layer = (x: Value, filter: Value, bias: Value) => {
    const y = lax.conv(x, filter, [1, 1], "VALID").add(bias);
    return nn.relu(lax.reduceWindow(y, numpy.max, [2, 2], [2, 2]));
  };
  const pooled = layer(layer(x, w.filter1, w.bias1), w.filter2, w.bias2);
  const flat = pooled.reshape([batch, -1]);
  const hidden = nn.relu(numpy.dot(flat, w.kernel3).add(w.bias3));
  const kept = random.bernoulli(key, 0.5, [batch, 64]).astype(numpy.float32);
  return numpy.dot(hidden.mul(kept.mul(2)), w.kernel4).add(w.bias4);
}

function smallCnnWeights(
  { numpy, random }: Jax,
  { size, channels, classes }: NetworkTask,
): Values {
  let seed = 10;
  const drawn = (shape: readonly number[], inputs: number) => {
    const maxval = Math.sqrt(3 / inputs);
    return random.uniform(random.key(seed++), shape, {
      minval: -maxval,
      maxval,
    });
  };
  const side = Math.floor((Math.floor((size - 2) / 2) - 2) / 2);
  const flat = 64 * side * side;
  return {
    filter1: drawn([32, channels, 3, 3], 9 * channels),
    bias1: numpy.zeros([32, 1, 1]),
    filter2: drawn([64, 32, 3, 3], 9 * 32),
    bias2: numpy.zeros([64, 1, 1]),
    kernel3: drawn([flat, 64], flat),
    bias3: numpy.zeros([64]),
    kernel4: drawn([64, classes], 64),
    bias4: numpy.zeros([classes]),
  };
}

function countOf(weights: Values): number {
  return Object.values(weights).reduce(
    (sum, { shape }) =>
      sum + shape.reduce((product, size) => product * size, 1),
    0,
  );
}

if (import.meta.main) {
  // Its greetings must not be taken for answers.
  console.log = console.warn = console.error;
  const jax = await openJax();
  await servePeer({
    version: `jax-js ${versionOf(name)}`,
    prepareHead: (task) => Promise.resolve(prepareHead(jax, task)),
    prepareNetwork: (task) => Promise.resolve(prepareNetwork(jax, task)),
  });
}
