import { strictEqual } from "@std/assert";
import { truthOf } from "./truth.ts";

const labels = ["rose", "rose_hip", "tulip"];

const cases: readonly [path: string, truth: string | undefined][] = [
  ["test/tulip/rose_1.jpg", "tulip"],
  ["tulip/1.jpg", "tulip"],
  ["test/rose_1.jpg", "rose"],
  ["test/rose_hip_1.jpg", "rose_hip"],
  ["test/rose.jpg", undefined],
  ["test/roses_1.jpg", undefined],
  ["1.jpg", undefined],
  ["", undefined],
];

for (const [path, truth] of cases) {
  Deno.test(`truthOf() takes "${path}" for ${truth}`, () => {
    strictEqual(truthOf(path, labels), truth);
    strictEqual(truthOf(path, labels.toReversed()), truth);
  });
}

Deno.test("truthOf() compares in NFC and gives the label as it is written", () => {
  strictEqual(truthOf("caf\u00e9/1.jpg", ["cafe\u0301"]), "cafe\u0301");
  strictEqual(truthOf("cafe\u0301_1.jpg", ["caf\u00e9"]), "caf\u00e9");
});
