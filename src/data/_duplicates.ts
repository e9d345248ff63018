import type { DataWarning, DigestedRecord, SkippedFile } from "./records.ts";
import { compareCodePoints } from "./order.ts";

/** What is left of two lists when each picture is in one class and one list only. */
export interface Deduplicated<R> {
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
export function findDuplicates<R extends DigestedRecord>(
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
      message: `${pictures(more.length + 1)} in two classes, such as ${
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
      pictures(shared.length)
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

function pictures(count: number): string {
  return count === 1 ? "1 picture is" : `${count} pictures are`;
}
