import { deepStrictEqual } from "@std/assert";
import type { SplitName } from "../data/mod.ts";
import { groupByTest } from "./test_data.ts";

const picture = (sha256: string, split: SplitName, label = "a") => ({
  ...{ path: `${sha256}.png`, sha256, split, label },
});

/** A run that was tested on some pictures, and validated on one. */
function tested(
  run: string,
  digests: readonly string[],
  { labels = ["a", "b"], validation = "v", label = "a" } = {},
) {
  return {
    ...{ run, labels },
    split: [
      picture("t", "train"),
      picture(validation, "validation"),
      ...digests.map((digest) => picture(digest, "test", label)),
    ],
  };
}

Deno.test("groupByTest() puts runs of the same test pictures together, in any order and with copies", () => {
  const groups = groupByTest([
    tested("one", ["1", "2"]),
    tested("two", ["3", "2", "4"]),
    tested("three", ["2", "1", "1"], { validation: "w" }),
  ]);
  deepStrictEqual(
    groups.map(({ runs, pictures, shared, isValidationSame }) => [
      ...[runs, pictures, shared, isValidationSame],
    ]),
    [[["one", "three"], 2, 2, false], [["two"], 3, 1, true]],
  );
});

Deno.test("groupByTest() keeps apart other classes, other truths, and runs that say nothing", () => {
  const groups = groupByTest([
    tested("one", ["1"]),
    tested("labels", ["1"], { labels: ["a", "b", "c"] }),
    tested("truth", ["1"], { label: "b" }),
    { run: "old", labels: ["a", "b"], split: undefined },
    { run: "older", labels: ["a", "b"], split: undefined },
  ]);
  deepStrictEqual(groups.map(({ runs, shared }) => [runs, shared]), [
    [["one"], 1],
    [["labels"], 1],
    [["truth"], 1],
    [["old"], undefined],
    [["older"], undefined],
  ]);
});
