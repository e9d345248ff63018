import { deepStrictEqual, match, ok, strictEqual } from "@std/assert";
import { decodeTensors } from "../../src/bytes/mod.ts";
import { parseCsv } from "../../src/bytes/mod.ts";
import { inSandbox, type Sandbox } from "./_sandbox.ts";

const width = 40;
const labels = ["left", "middle", "right"];
const rate = 0.001;

/** Bottleneck files whose features lean to their class. */
function texts(): Record<string, string> {
  const files: Record<string, string> = {};
  for (const [index, label] of labels.entries()) {
    for (let number = 0; number < 70; number++) {
      const row = Array.from({ length: width }, (_, at) => {
        const wave = Math.sin(at * 1.7 + number * 0.9) ** 2;
        return Math.fround(wave + (at % labels.length === index ? 0.8 : 0));
      });
      files[`texts/${label}/${number}.txt`] = row.join(",");
    }
  }
  return files;
}

async function values(sandbox: Sandbox, name: string, kind: string) {
  const { tensors } = decodeTensors(await sandbox.bytes(name), { kind, name });
  const of = (tensor: string) => Float64Array.from(tensors[tensor].data);
  return { weights: of("head/logits/kernel"), bias: of("head/logits/bias") };
}

/** A dense layer and its gradient descent, in plain f64. */
class Oracle {
  readonly weights: Float64Array;
  readonly bias: Float64Array;

  constructor(
    { weights, bias }: { weights: Float64Array; bias: Float64Array },
  ) {
    this.weights = weights;
    this.bias = bias;
  }

  /** The mean cross-entropy of a batch; then one update. */
  step(
    rows: readonly { features: readonly number[]; truth: number }[],
  ): number {
    const gradient = new Float64Array(this.weights.length);
    const biasGradient = new Float64Array(labels.length);
    let loss = 0;
    for (const { features, truth } of rows) {
      const exponentials = labels.map((_, label) =>
        Math.exp(features.reduce(
          (sum, feature, at) =>
            sum + feature * this.weights[at * labels.length + label],
          this.bias[label],
        ))
      );
      const sum = exponentials.reduce((total, value) => total + value);
      loss -= Math.log(exponentials[truth] / sum) / rows.length;
      exponentials.forEach((value, label) => {
        const slope = (value / sum - (label === truth ? 1 : 0)) / rows.length;
        biasGradient[label] += slope;
        features.forEach((feature, at) =>
          gradient[at * labels.length + label] += slope * feature
        );
      });
    }
    gradient.forEach((slope, at) => this.weights[at] -= rate * slope);
    biasGradient.forEach((slope, at) => this.bias[at] -= rate * slope);
    return loss;
  }
}

Deno.test("every loss of the classic recipe is gradient descent's, from the run's own files", async () => {
  await inSandbox(texts(), async (sandbox) => {
    const { code, stderr } = await sandbox.run(
      "train",
      ...["--bottlenecks", sandbox.path("texts"), "--recipe", "classic"],
      ...["--out", sandbox.path("run")],
    );
    strictEqual(code, 0, stderr);
    const start = "run/checkpoints/step-000000.safetensors";
    const oracle = new Oracle(await values(sandbox, start, "checkpoint"));
    const split = parseCsv(await sandbox.text("run/split.csv")).rows;
    const examples = await Promise.all(
      split.map(async ([, , label, , , file]) => ({
        features: (await Deno.readTextFile(file)).split(",").map(Number),
        truth: labels.indexOf(label),
      })),
    );
    const losses = (await sandbox.text("run/log.jsonl")).trim().split("\n")
      .map((line) => JSON.parse(line))
      .filter(({ event }) => event === "step").map(({ loss }) => loss);
    const batches = parseCsv(await sandbox.text("run/batches.csv")).rows;
    // 168 rows to train on: two batches an epoch, and 40 that fill none.
    strictEqual(split.filter(([, , , part]) => part === "train").length, 168);
    strictEqual(batches.length, 2 * 1001);
    strictEqual(losses.length, 2 * 1001);
    strictEqual(new Set(batches.map(([, rows]) => rows)).size, 2);
    for (const [index, [step, rows]] of batches.entries()) {
      const ids = rows.split(" ").map(Number);
      strictEqual(ids.length, 64);
      strictEqual(new Set(ids).size, 64);
      strictEqual(rows, batches[index % 2][1], "one order for all epochs");
      ok(ids.every((id) => split[id][3] === "train"), `step ${step}`);
      const expected = oracle.step(ids.map((id) => examples[id]));
      const difference = Math.abs(losses[index] - expected) / expected;
      ok(difference < 1e-5, `step ${step}: ${losses[index]}, ${expected}`);
    }
    const lines = (await sandbox.text("run/log.jsonl")).trim().split("\n")
      .map((line) => JSON.parse(line));
    const hundreds = Array.from({ length: 11 }, (_, index) => index * 100);
    const told = lines.filter(({ event }) => event === "eval");
    deepStrictEqual(told.map(({ epoch }) => epoch), hundreds);
    deepStrictEqual(
      told.map(({ step }) => step),
      hundreds.map((epoch) => 2 * (epoch + 1)),
    );
    match(stderr, /epoch 1000 \(step 2002\): validation accuracy/);
    match(
      stderr,
      /recipe classic: sgd, rate 0.001, 1001 epochs of 2 batches of 64 rows in one fixed order \(40 of 168 rows fill no batch\)/,
    );
    match(
      stderr,
      /the 2048 features of an Inception-v3, and these text files have 40/,
    );
    const kept = await Array.fromAsync(
      Deno.readDir(sandbox.path("run/checkpoints")),
      ({ name }) => Number(/\d+/.exec(name)?.[0]),
    );
    const newest = hundreds.slice(-6).map((epoch) => 2 * (epoch + 1));
    deepStrictEqual(kept.toSorted((a, b) => a - b), [0, ...newest]);
    const model = "run/model/model.safetensors";
    const { weights } = await values(sandbox, model, "model");
    weights.forEach((weight, at) =>
      ok(Math.abs(weight - oracle.weights[at]) < 1e-5, `weight ${at}`)
    );
  });
});
