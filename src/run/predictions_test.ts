import { deepStrictEqual } from "@std/assert";
import { sha256 } from "../bytes/mod.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";
import { encodePng } from "../image/mod.ts";
import { predictionsOf, withThumbnails } from "./predictions.ts";

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

Deno.test("withThumbnails() shows no picture that was replaced after it was predicted", async () => {
  const bytes = encodePng({ width: 1, height: 1, pixels: new Uint8Array(3) });
  await using folder = await temporaryFolder({ "1.png": bytes });
  const prediction = (digest: string) => ({
    ...{ path: "1.png", file: folder.join("1.png"), sha256: digest },
    ...{ label: "a", confidence: 1, predictedClass: 0 },
  });
  const shown = await withThumbnails(
    [prediction(sha256(bytes)), prediction(sha256("another"))],
    { exif: true },
  );
  deepStrictEqual(shown.map((one) => "thumbnail" in one), [true, false]);
});
