/**
 * Which pictures train, which choose the checkpoint, and which judge it.
 *
 * A picture's place is decided by its bytes and the seed: neither the names
 * nor the order of the files matter, and adding pictures moves few others.
 *
 * @module
 */
import { sha256 } from "../bytes/mod.ts";
import { InputError, UsageError } from "../errors.ts";
import { compareCodePoints } from "./order.ts";
import type { DataWarning, DigestedRecord, SkippedFile } from "./records.ts";

/** The parts of a data set. */
export const splitNames = ["train", "validation", "test"] as const;

export type SplitName = typeof splitNames[number];

/** The share of each part; they add up to 1. */
export type SplitFractions = Readonly<Record<SplitName, number>>;

export interface SplitOptions<R extends DigestedRecord> {
  /** All classes, so that one whose pictures were all skipped is noticed. */
  readonly labels: readonly string[];
  /** Another seed gives another split. */
  readonly seed: number;
  /** The pictures of a separate test folder: all of them are test, and the records give none. */
  readonly testRecords?: readonly R[] | undefined;
  /** Default: 0.8, 0.1, 0.1; with test records 0.9, 0.1, 0. */
  readonly fractions?: SplitFractions;
  /** What, with the seed, decides a record's place (default: the digest of its bytes). */
  readonly placedBy?: (record: R) => string;
}

/** A data set in parts. */
export interface Split<R extends DigestedRecord> {
  /** The records by path, each with its part; those of a test folder come last. */
  readonly records: readonly (R & { readonly split: SplitName })[];
  /** Pictures that are in two classes, or in the test folder too. */
  readonly skipped: readonly SkippedFile[];
  /** Copies, and classes out of balance. */
  readonly warnings: readonly DataWarning[];
  /** SHA-256 of which bytes are in which class and part. */
  readonly digest: string;
}

/** Above this ratio of the largest to the smallest class a warning is given. */
const maxImbalance = 5;

/**
 * Splits each class by the same fractions (rounded, but at least one picture a
 * part). Copies of a picture within a class stay together; a picture in two
 * classes is kept in the first, one in the test folder too is kept there.
 *
 * @throws {InputError} if a class has fewer different pictures than there are parts, or the test folder has a class that the records lack
 * @throws {UsageError} if the fractions do not add up to 1
 */
export function splitRecords<R extends DigestedRecord>(
  records: readonly R[],
  { labels, seed, testRecords, fractions, placedBy = digestOf }: SplitOptions<
    R
  >,
): Split<R> {
  const shares = fractions ??
    (testRecords === undefined
      ? { train: 0.8, validation: 0.1, test: 0.1 }
      : { train: 0.9, validation: 0.1, test: 0 });
  checkFractions(shares);
  const test = testRecords ?? [];
  checkTestLabels(test, labels);
  const { kept, keptTest, skipped, warnings } = findDuplicates(
    byPath(records),
    byPath(test),
  );
  const parts = new Map<string, SplitName>();
  for (const label of labels) {
    const ofClass = kept.filter((record) => record.label === label);
    for (
      const [digest, part] of splitClass(ofClass, {
        label,
        seed,
        shares,
        placedBy,
      })
    ) {
      parts.set(digest, part);
    }
  }
  const split = [
    ...kept.map((record) => ({
      ...record,
      split: parts.get(record.sha256) ?? "train",
    })),
    ...keptTest.map((record) => ({ ...record, split: "test" as const })),
  ];
  return {
    records: split,
    skipped,
    warnings: [...warnings, ...imbalance(kept, labels)],
    digest: splitDigest(split),
  };
}

function digestOf({ sha256 }: DigestedRecord): string {
  return sha256;
}

/** The part of each different picture of a class, by its digest. */
function splitClass<R extends DigestedRecord>(
  records: readonly R[],
  { label, seed, shares, placedBy }: {
    label: string;
    seed: number;
    shares: SplitFractions;
    placedBy: (record: R) => string;
  },
): Map<string, SplitName> {
  const firsts = new Map(
    records.toReversed().map((record) => [record.sha256, record]),
  );
  const digests = [...firsts.keys()];
  const wanted = splitNames.filter((name) => shares[name] > 0);
  if (digests.length < wanted.length) {
    throw new InputError(
      `${label}: ${counted(digests.length, records.length)}; need at least ` +
        `${wanted.length} for ${
          listed(wanted)
        }; add images or remove the folder`,
    );
  }
  const keys = new Map(
    [...firsts].map((
      [digest, record],
    ) => [digest, sha256(`${seed}:${placedBy(record)}`)]),
  );
  digests.sort((first, second) =>
    compareCodePoints(keys.get(first) ?? "", keys.get(second) ?? "")
  );
  const { testEnd, validationEnd } = boundaries(digests.length, shares);
  return new Map(digests.map((digest, rank) => [
    digest,
    rank < testEnd ? "test" : rank < validationEnd ? "validation" : "train",
  ]));
}

/**
 * Where the parts of a class end, test first. Each boundary is rounded by
 * itself, so that one more picture moves each by at most one; then each part
 * that is wanted gets a picture, if there are enough.
 */
function boundaries(
  count: number,
  { validation, test }: SplitFractions,
): { testEnd: number; validationEnd: number } {
  const [atLeastTest, atLeastValidation] = [
    Math.sign(test),
    Math.sign(validation),
  ];
  const testEnd = clamp(Math.round(test * count), {
    min: atLeastTest,
    max: count - 1 - atLeastValidation,
  });
  const validationEnd = clamp(Math.round((test + validation) * count), {
    min: testEnd + atLeastValidation,
    max: count - 1,
  });
  return { testEnd, validationEnd };
}

function clamp(
  value: number,
  { min, max }: { min: number; max: number },
): number {
  return Math.max(min, Math.min(value, max));
}

/** The digest of a split: which bytes are in which class and part, whatever the files are called. */
function splitDigest(
  records: readonly (DigestedRecord & { split: SplitName })[],
): string {
  const lines = records.map(({ sha256, label, split }) =>
    JSON.stringify([sha256, label, split])
  );
  return sha256(lines.sort(compareCodePoints).join("\n"));
}

function imbalance(
  records: readonly DigestedRecord[],
  labels: readonly string[],
): DataWarning[] {
  const groups = Map.groupBy(records, (record) => record.label);
  const sizes = labels
    .map((label) => ({ label, size: groups.get(label)?.length ?? 0 }))
    .sort((first, second) => first.size - second.size);
  const [smallest, largest] = [sizes[0], sizes[sizes.length - 1]];
  if (!(largest.size > maxImbalance * smallest.size)) return [];
  return [{
    kind: "imbalance",
    message:
      `Classes are out of balance: ${largest.label} has ${largest.size} images, ` +
      `${smallest.label} ${smallest.size}; add images to the small ones, or read the recall of each class`,
  }];
}

function checkFractions(fractions: SplitFractions): void {
  const shares = splitNames.map((name) => fractions[name]);
  const sum = shares.reduce((total, share) => total + share, 0);
  const isValid = shares.every((share) => share >= 0) &&
    fractions.train > 0 && Math.abs(sum - 1) < 1e-9;
  if (isValid) return;
  throw new UsageError(
    `The fractions of ${listed(splitNames)} are ${shares.join(", ")}, ` +
      "expected numbers from 0 to 1 that add up to 1, the first above 0",
  );
}

function checkTestLabels(
  records: readonly DigestedRecord[],
  labels: readonly string[],
): void {
  const unknown = records.find((record) => !labels.includes(record.label));
  if (unknown === undefined) return;
  throw new InputError(
    `The test folder has a class ${
      JSON.stringify(unknown.label)
    } (${unknown.file}) ` +
      `that the training folder lacks; expected ${labels.join(", ")}`,
  );
}

function byPath<R extends DigestedRecord>(records: readonly R[]): R[] {
  return [...records].sort((first, second) =>
    compareCodePoints(first.path, second.path)
  );
}

function counted(different: number, all: number): string {
  const noun = different === 1 ? "image" : "images";
  return different === all
    ? `${all} ${noun}`
    : `${different} different ${noun} (${all} with copies)`;
}

function listed(names: readonly string[]): string {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}

/** What is left of two lists when each picture is in one class and one list only. */
interface Deduplicated<R> {
  readonly kept: R[];
  readonly keptTest: R[];
  readonly skipped: SkippedFile[];
  readonly warnings: DataWarning[];
}

/**
 * Takes out pictures that are in two classes (the first keeps it) or in the
 * test folder too (which keeps it). Records come in path order. Copies within
 * a class are kept, for they teach nothing false.
 */
function findDuplicates<R extends DigestedRecord>(
  records: readonly R[],
  testRecords: readonly R[],
): Deduplicated<R> {
  const test = keepFirstClass(testRecords);
  const inTest = new Map(test.kept.map((record) => [record.sha256, record]));
  const [outside, shared] = [
    records.filter((record) => !inTest.has(record.sha256)),
    records.filter((record) => inTest.has(record.sha256)),
  ];
  const data = keepFirstClass(outside);
  return {
    kept: data.kept,
    keptTest: test.kept,
    skipped: [
      ...shared.map(({ path, sha256 }) => ({
        path,
        reason: `the same picture as ${
          inTest.get(sha256)?.file
        } of the test folder`,
      })),
      ...data.skipped,
      ...test.skipped,
    ],
    warnings: [
      ...warnShared(shared, inTest),
      ...data.warnings,
      ...test.warnings,
      ...warnCopies(data.kept),
    ],
  };
}

function keepFirstClass<R extends DigestedRecord>(
  records: readonly R[],
): Omit<Deduplicated<R>, "keptTest"> {
  const first = new Map<string, R>();
  for (const record of records) {
    const known = first.get(record.sha256);
    if (!known || compareCodePoints(record.label, known.label) < 0) {
      first.set(record.sha256, record);
    }
  }
  const keeper = (record: R): R => first.get(record.sha256) ?? record;
  const dropped = records.filter((record) =>
    keeper(record).label !== record.label
  );
  const byPair = Map.groupBy(
    dropped,
    (record) => JSON.stringify([keeper(record).label, record.label]),
  );
  return {
    kept: records.filter((record) => keeper(record).label === record.label),
    skipped: dropped.map((record) => ({
      path: record.path,
      reason: `the same picture as ${keeper(record).path}, of another class`,
    })),
    warnings: [...byPair.values()].map(([example, ...more]) => ({
      kind: "duplicate-across-classes",
      message: `${picturesAre(more.length + 1)} in two classes, such as ${
        keeper(example).path
      } and ${example.path}; kept in ${keeper(example).label} only`,
    })),
  };
}

function warnShared(
  shared: readonly DigestedRecord[],
  inTest: ReadonlyMap<string, DigestedRecord>,
): DataWarning[] {
  if (shared.length === 0) return [];
  const [example] = shared;
  return [{
    kind: "duplicate-in-test",
    message: `${
      picturesAre(shared.length)
    } in the test folder too, such as ${example.file} and ${
      inTest.get(example.sha256)?.file
    }; kept in the test folder only`,
  }];
}

function warnCopies(records: readonly DigestedRecord[]): DataWarning[] {
  const firsts = new Map<string, DigestedRecord>();
  const copies: { copy: DigestedRecord; of: DigestedRecord }[] = [];
  for (const record of records) {
    const of = firsts.get(record.sha256);
    if (of === undefined) firsts.set(record.sha256, record);
    else copies.push({ copy: record, of });
  }
  return [...Map.groupBy(copies, ({ copy }) => copy.label)].map(
    ([label, [{ copy, of }, ...more]]) => ({
      kind: "duplicate-in-class",
      message: `${label}: ${more.length + 1} of its files ${
        more.length === 0 ? "is a copy" : "are copies"
      }, such as ${copy.path} of ${of.path}; copies stay in one split`,
    }),
  );
}

function picturesAre(count: number): string {
  return count === 1 ? "1 picture is" : `${count} pictures are`;
}
