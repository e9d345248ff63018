/**
 * Which runs were tested on the same pictures, and may be ranked together.
 *
 * @module
 */
import type { SplitName } from "../data/mod.ts";
import type { RecordedPicture } from "./recorded_split.ts";

/** A run and what it was tested on. */
export interface TestedRun {
  /** The run's folder. */
  readonly run: string;
  readonly labels: readonly string[];
  /** Its pictures; undefined where it does not say. */
  readonly split: readonly RecordedPicture[] | undefined;
}

/** Runs of the same classes that were tested on the same pictures. */
export interface TestGroup {
  /** In the order they were given. */
  readonly runs: readonly string[];
  readonly labels: readonly string[];
  /** Different pictures they were tested on; undefined where that is not known. */
  readonly pictures: number | undefined;
  /** How many of these the first group was tested on, too. */
  readonly shared: number | undefined;
  /** Whether they were validated on the same pictures, too. */
  readonly isValidationSame: boolean;
}

/** Groups runs by their classes and test pictures, told by the digests of their bytes. */
export function groupByTest(runs: readonly TestedRun[]): TestGroup[] {
  const groups = Map.groupBy(
    runs,
    // What is not known is the same as nothing else.
    ({ run, labels, split }) =>
      split ? JSON.stringify([labels, keysOf(split, "test")]) : run,
  );
  const [first] = runs;
  const reference = first && digestsOf(first.split);
  return [...groups.values()].map((members) => {
    const [{ labels, split }] = members;
    const pictures = digestsOf(split);
    const validations = members.map(({ split = [] }) =>
      JSON.stringify(keysOf(split, "validation"))
    );
    return {
      runs: members.map(({ run }) => run),
      labels,
      pictures: pictures?.size,
      shared: reference && pictures?.intersection(reference).size,
      isValidationSame: new Set(validations).size === 1,
    };
  });
}

/** The pictures of a part, each with its class, in one order. */
function keysOf(
  split: readonly RecordedPicture[],
  part: SplitName,
): readonly string[] {
  const keys = split.filter((picture) => picture.split === part)
    .map(({ sha256, label }) => `${sha256} ${label}`);
  return [...new Set(keys)].sort();
}

function digestsOf(
  split: readonly RecordedPicture[] | undefined,
): ReadonlySet<string> | undefined {
  return split && new Set(
    split.filter((picture) => picture.split === "test")
      .map(({ sha256 }) => sha256),
  );
}
