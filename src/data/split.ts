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
import { findDuplicates, type PartFolder } from "./duplicates.ts";
import type { DataWarning, DigestedRecord, SkippedFile } from "./records.ts";
import { counted } from "../plural.ts";
import { listed } from "./words.ts";

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
  /** Those of a separate validation folder, likewise. */
  readonly validationRecords?: readonly R[] | undefined;
  /** Default: 0.8, 0.1, 0.1; the tenth of a part that has its own folder trains. */
  readonly fractions?: SplitFractions;
  /** Files of each class that could not be read, for messages. */
  readonly unread?: ReadonlyMap<string, number>;
  /** Told of copies, and of classes out of balance, before an error ends the split. */
  readonly warn?: (warning: DataWarning) => void;
  /** What, with the seed, decides a record's place (default: the digest of its bytes). */
  readonly placedBy?: (record: R) => string;
}

/** A data set in parts. */
export interface Split<R extends DigestedRecord> {
  /** The records by path, each with its part; those of a validation folder come after them, those of a test folder last. */
  readonly records: readonly (R & { readonly split: SplitName })[];
  /** Pictures that are in two classes, or in two folders. */
  readonly skipped: readonly SkippedFile[];
  /** SHA-256 of which bytes are in which class and part. */
  readonly digest: string;
}

/** Above this ratio of the largest to the smallest class a warning is given. */
const maxImbalance = 5;

/**
 * Splits each class by the same fractions (rounded, but at least one picture a
 * part). Copies of a picture within a class stay together; a picture in two
 * classes is kept in the first, one in the test folder too is kept there, else
 * one in the validation folder.
 *
 * @throws {InputError} if a class has fewer different pictures than there are parts, or a separate folder has a class that the records lack
 * @throws {UsageError} if the fractions do not add up to 1
 */
export function splitRecords<R extends DigestedRecord>(
  records: readonly R[],
  { testRecords, validationRecords, fractions, ...options }: SplitOptions<R>,
): Split<R> {
  const shares = fractions ?? usualShares({ testRecords, validationRecords });
  checkFractions(shares);
  const { labels, warn = () => {} } = options;
  const test = byPath(testRecords ?? []);
  const validation = byPath(validationRecords ?? []);
  checkLabels(test, { part: "test", labels });
  checkLabels(validation, { part: "validation", labels });
  const { kept, skipped, warnings, keptElsewhere } = findDuplicates({
    ...{ data: byPath(records), validation, test },
  });
  warnings.forEach(warn);
  if (validationRecords && kept.validation.length === 0) {
    throw noValidation(validationRecords);
  }
  const parts = new Map<string, SplitName>();
  for (const label of labels) {
    const places = splitClass(kept.data.filter(isOf(label)), {
      ...{ label, shares },
      ...options,
      keptElsewhere: keptElsewhere.filter(isOf(label)),
    });
    for (const [digest, part] of places) parts.set(digest, part);
  }
  const partOf = ({ sha256 }: R) => parts.get(sha256) ?? "train";
  const split = [
    ...kept.data.map((record) => ({ ...record, split: partOf(record) })),
    ...kept.validation.map((record) => ({
      ...record,
      split: "validation" as const,
    })),
    ...kept.test.map((record) => ({ ...record, split: "test" as const })),
  ];
  if (validationRecords) {
    warnOfMissing(kept.validation, { part: "validation", labels, warn });
  }
  if (testRecords) warnOfMissing(kept.test, { part: "test", labels, warn });
  imbalance(kept.data, labels).forEach(warn);
  return { records: split, skipped, digest: splitDigest(split) };
}

/** Without it nobody could tell when to stop, or which weights are the best. */
function noValidation(records: readonly DigestedRecord[]): InputError {
  return new InputError(
    records.length === 0
      ? "None of the validation folder's images could be read; name another with --validation"
      : `All of the validation folder's images are also in the test folder, such as ${
        records[0].file
      }; keep each picture in one place`,
  );
}

/** What a part that has a folder of its own leaves to training. */
function usualShares(
  { testRecords, validationRecords }: {
    testRecords: unknown;
    validationRecords: unknown;
  },
): SplitFractions {
  const test = testRecords === undefined ? 1 : 0;
  const validation = validationRecords === undefined ? 1 : 0;
  return {
    train: (10 - validation - test) / 10,
    validation: validation / 10,
    test: test / 10,
  };
}

function isOf(label: string): (one: { readonly label: string }) => boolean {
  return (one) => one.label === label;
}

function digestOf({ sha256 }: DigestedRecord): string {
  return sha256;
}

type Elsewhere = ReturnType<typeof findDuplicates>["keptElsewhere"];

/** The part of each different picture of a class, by its digest. */
function splitClass<R extends DigestedRecord>(
  records: readonly R[],
  { label, seed, shares, placedBy = digestOf, keptElsewhere, unread }:
    & Pick<SplitOptions<R>, "seed" | "placedBy" | "unread">
    & { label: string; shares: SplitFractions; keptElsewhere: Elsewhere },
): Map<string, SplitName> {
  const firsts = new Map(
    records.toReversed().map((record) => [record.sha256, record]),
  );
  const digests = [...firsts.keys()];
  const wanted = splitNames.filter((name) => shares[name] > 0);
  if (digests.length < wanted.length) {
    throw new InputError(
      tooFew(label, {
        ...{ wanted, keptElsewhere },
        files: records.length,
        different: digests.length,
        unread: unread?.get(label) ?? 0,
      }),
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

/** Says of a class that is too small where its pictures went. */
function tooFew(
  label: string,
  { wanted, files, different, keptElsewhere, unread }: {
    wanted: readonly SplitName[];
    files: number;
    different: number;
    keptElsewhere: Elsewhere;
    unread: number;
  },
): string {
  const copies = keptElsewhere.length;
  const places = [...new Set(keptElsewhere.map(({ place }) => place))];
  if (files === 0 && copies > 0 && unread === 0) {
    const all = copies === 1 ? "also" : "all of them also";
    const advice = keptElsewhere.every(({ isClass }) => isClass)
      ? `move ${copies === 1 ? "it" : "them"} to one class`
      : "keep each picture in one place";
    return `${label}: ${counted(copies, "image")}, ${all} in ${
      listed(places)
    }; ${advice}`;
  }
  const need = `need at least ${wanted.length} for ${
    listed(wanted)
  }; add images or remove the folder`;
  if (files === 0 && unread > 0 && copies === 0) {
    return `${label}: ${
      unread === 1
        ? "its only file could not be read"
        : `none of its ${unread} files could be read`
    }; ${need}`;
  }
  const more = files === 0 ? "" : " more";
  const lost = [
    ...copies > 0
      ? [
        `${copies}${more} ${copies === 1 ? "is" : "are"} also in ${
          listed(places)
        }`,
      ]
      : [],
    ...unread > 0 ? [`${unread}${more} could not be read`] : [],
  ];
  const rest = lost.length === 0 ? "" : ` (${lost.join(", ")})`;
  const count = different === files
    ? counted(files, "image")
    : `${counted(different, "different image")} (${files} with copies)`;
  return `${label}: ${count}${rest}; ${need}`;
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

function checkLabels(
  records: readonly DigestedRecord[],
  { part, labels }: { part: PartFolder; labels: readonly string[] },
): void {
  const unknown = records.find((record) => !labels.includes(record.label));
  if (unknown === undefined) return;
  throw new InputError(
    `The ${part} folder has a class ${
      JSON.stringify(unknown.label)
    } (${unknown.file}) ` +
      `that the training folder lacks; expected ${labels.join(", ")}`,
  );
}

/** A class that a separate folder lacks is learnt and never judged. */
function warnOfMissing(
  records: readonly DigestedRecord[],
  { part, labels, warn }: {
    part: PartFolder;
    labels: readonly string[];
    warn: (warning: DataWarning) => void;
  },
): void {
  const present = new Set(records.map(({ label }) => label));
  const missing = labels.filter((label) => !present.has(label));
  if (missing.length === 0) return;
  const names = missing.length > 5
    ? `${missing.slice(0, 5).join(", ")} and ${missing.length - 5} more classes`
    : listed(missing);
  warn({
    kind: "missing-class",
    message: `The ${part} folder has no images of ${names}: ${
      missing.length === 1 ? "it is" : "they are"
    } not ${part === "test" ? "tested" : "validated"}`,
  });
}

function byPath<R extends DigestedRecord>(records: readonly R[]): R[] {
  return [...records].sort((first, second) =>
    compareCodePoints(first.path, second.path)
  );
}
