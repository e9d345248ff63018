import { deepStrictEqual } from "@std/assert";
import { predictionsOf } from "./predictions.ts";

Deno.test("predictionsOf() takes the likeliest label, of equal ones the first", () => {
  const probabilities = new Float32Array([0.25, 0.75, 0, 0.5, 0.5, 0]);
  const files = [
    { path: "1", file: "/1", truth: "c" },
    { path: "2", file: "/2" },
  ];
  deepStrictEqual(
    predictionsOf(probabilities, { labels: ["a", "b", "c"], files }),
    [
      {
        ...files[0],
        label: "b",
        confidence: 0.75,
        predictedClass: 1,
        truthClass: 2,
      },
      { ...files[1], label: "a", confidence: 0.5, predictedClass: 0 },
    ],
  );
});

Deno.test("predictionsOf() knows no truth class of a label that was not trained", () => {
  const [prediction] = predictionsOf(new Float32Array([0.5, 0.5]), {
    labels: ["a", "b"],
    files: [{ path: "1", file: "/1", truth: "z" }],
  });
  deepStrictEqual("truthClass" in prediction, false);
});
