import { deepStrictEqual, strictEqual, throws } from "@std/assert";
import { parseTrainingLog, resultsCsv } from "./training_log.ts";

const lines = [
  { event: "checkpoint", step: 0, name: "step-000000.safetensors" },
  { event: "step", step: 1, loss: 2, accuracy: 0, rate: 0.1 },
  { event: "step", step: 2, loss: 1, accuracy: 0.5, rate: 0.1 },
  { event: "eval", step: 2, validationLoss: 1.5, validationAccuracy: 0.25 },
  { event: "step", step: 3, loss: 0.5, accuracy: 1, rate: 0.1 },
  { event: "eval", step: 3, validationLoss: 0.75, validationAccuracy: 0.5 },
];

Deno.test("parseTrainingLog() keeps steps and evaluations apart, and passes over the rest", () => {
  const { train, validation } = parseTrainingLog([
    ...lines,
    { event: "step", step: 4 },
    { event: "eval", step: 4, validationLoss: "low" },
  ]);
  deepStrictEqual(train.map(({ step }) => step), [1, 2, 3]);
  deepStrictEqual(validation, [
    { step: 2, loss: 1.5, accuracy: 0.25 },
    { step: 3, loss: 0.75, accuracy: 0.5 },
  ]);
});

Deno.test("resultsCsv() gives each evaluation the means of the steps since the one before", () => {
  strictEqual(
    resultsCsv(parseTrainingLog(lines)),
    "step,train_loss,train_accuracy,validation_loss,validation_accuracy\n" +
      "2,1.5,0.25,1.5,0.25\n3,0.5,1,0.75,0.5\n",
  );
  const { validation, ...log } = parseTrainingLog(
    lines.map((line) =>
      line.event === "eval" ? { ...line, epoch: line.step - 2 } : line
    ),
  );
  strictEqual(
    resultsCsv({ ...log, validation }).split("\n")[2],
    "3,0.5,1,0.75,0.5,1",
  );
});

Deno.test("parseTrainingLog() refuses numbers that cannot have been measured, and names them", () => {
  const cases = [
    [{ event: "step", step: -1, loss: 1, accuracy: 0 }, /"step" is -1/],
    [{ event: "step", step: 0.5, loss: 1, accuracy: 0 }, /"step" is 0.5/],
    [{ event: "step", step: 1, loss: -1, accuracy: 0 }, /"loss" is -1/],
    [
      { event: "step", step: 1, loss: Infinity, accuracy: 0 },
      /"loss" is .*, expected a finite number/,
    ],
    [
      {
        event: "eval",
        step: 1,
        validationLoss: 1,
        validationAccuracy: 0,
        epoch: -1,
      },
      /"epoch" is -1/,
    ],
    [{ event: "step", step: 1, loss: 1, accuracy: 7 }, /"accuracy" is 7/],
  ] as const;
  for (const [line, message] of cases) {
    throws(() => parseTrainingLog([line]), message);
  }
});
