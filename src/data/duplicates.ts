/**
 * Pictures that are in a data set more than once, told by their bytes.
 *
 * @module
 */
import { compareCodePoints } from "./order.ts";
import type { DataWarning, DigestedRecord, SkippedFile } from "./records.ts";

/** A folder of pictures that are all of one part; each is kept in the last of these that has it. */
export type PartFolder = "validation" | "test";

/** The pictures of the data folder, and those of separate folders. */
export type Folders<R> =
  & { readonly data: readonly R[] }
  & { readonly [P in PartFolder]: readonly R[] };

/** What is left of the folders when each picture is in one class and one folder only. */
export interface Deduplicated<R> {
  readonly kept: Folders<R>;
  readonly skipped: readonly SkippedFile[];
  readonly warnings: readonly DataWarning[];
  /** Where the skipped pictures of the data folder are kept, one entry a file: a class or `the test folder`. */
  readonly keptElsewhere: readonly {
    readonly label: string;
    readonly place: string;
    readonly isClass: boolean;
  }[];
}

/**
 * Takes out pictures that are in two classes (the first keeps it) or in two
 * folders (the test keeps it, else the validation). Records come in path order.
 * Copies within a class are kept, for they teach nothing false.
 */
export function findDuplicates<R extends DigestedRecord>(
  { data, validation, test }: Folders<R>,
): Deduplicated<R> {
  const tests = keepFirstClass(whole(test));
  const besideTests = { part: "test", kept: tests.kept } as const;
  const validations = keepFirstClass(keepOut(whole(validation), besideTests));
  const datas = keepFirstClass(
    keepOut(keepOut(whole(data), besideTests), {
      part: "validation",
      kept: validations.kept,
    }),
  );
  return {
    kept: { data: datas.kept, validation: validations.kept, test: tests.kept },
    skipped: [...datas.skipped, ...validations.skipped, ...tests.skipped],
    warnings: [
      ...datas.warnings,
      ...validations.warnings,
      ...tests.warnings,
      ...warnCopies(datas.kept),
    ],
    keptElsewhere: datas.keptElsewhere,
  };
}

/** What is left of one folder so far, and what was said. */
interface Sifted<R> extends Omit<Deduplicated<R>, "kept"> {
  readonly kept: readonly R[];
}

function whole<R>(kept: readonly R[]): Sifted<R> {
  return { kept, skipped: [], warnings: [], keptElsewhere: [] };
}

/** Takes out what a separate folder keeps. */
function keepOut<R extends DigestedRecord>(
  before: Sifted<R>,
  { part, kept }: { part: PartFolder; kept: readonly R[] },
): Sifted<R> {
  const inPart = new Map(kept.map((record) => [record.sha256, record]));
  const shared = before.kept.filter(({ sha256 }) => inPart.has(sha256));
  const fileOf = ({ sha256 }: R) => inPart.get(sha256)?.file;
  const place = `the ${part} folder`;
  const warnings: DataWarning[] = shared.slice(0, 1).map((example) => ({
    kind: "duplicate-in-part",
    message: `${
      picturesAre(shared.length)
    } in ${place} too, such as ${example.file} and ${
      fileOf(example)
    }; kept in ${place} only`,
  }));
  return {
    kept: before.kept.filter(({ sha256 }) => !inPart.has(sha256)),
    skipped: [
      ...before.skipped,
      ...shared.map((record) => ({
        path: record.path,
        reason: `the same picture as ${fileOf(record)} of ${place}`,
      })),
    ],
    warnings: [...before.warnings, ...warnings],
    keptElsewhere: [
      ...before.keptElsewhere,
      ...shared.map(({ label }) => ({ label, place, isClass: false })),
    ],
  };
}

function keepFirstClass<R extends DigestedRecord>(
  before: Sifted<R>,
): Sifted<R> {
  const first = new Map<string, R>();
  for (const record of before.kept) {
    const known = first.get(record.sha256);
    if (!known || compareCodePoints(record.label, known.label) < 0) {
      first.set(record.sha256, record);
    }
  }
  const keeper = (record: R): R => first.get(record.sha256) ?? record;
  const isKept = (record: R) => keeper(record).label === record.label;
  const dropped = before.kept.filter((record) => !isKept(record));
  const byPair = Map.groupBy(
    dropped,
    (record) => JSON.stringify([keeper(record).label, record.label]),
  );
  return {
    kept: before.kept.filter(isKept),
    skipped: [
      ...before.skipped,
      ...dropped.map((record) => ({
        path: record.path,
        reason: `the same picture as ${keeper(record).path}, of another class`,
      })),
    ],
    warnings: [
      ...before.warnings,
      ...[...byPair.values()].map(([example, ...more]) => ({
        kind: "duplicate-across-classes" as const,
        message: `${picturesAre(more.length + 1)} in two classes, such as ${
          keeper(example).path
        } and ${example.path}; kept in ${keeper(example).label} only`,
      })),
    ],
    keptElsewhere: [
      ...before.keptElsewhere,
      ...dropped.map((record) => ({
        label: record.label,
        place: keeper(record).label,
        isClass: true,
      })),
    ],
  };
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
