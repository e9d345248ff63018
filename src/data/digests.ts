/**
 * The digest of each picture, by which it is split, cached and recognised.
 *
 * @module
 */
import {
  digestFile,
  fileErrorReason,
  fileLimits,
  gitLfsReason,
  isGitLfsPointer,
  sha256,
} from "../bytes/mod.ts";
import { InputError } from "../errors.ts";
import { storedPicture } from "../image/header.ts";
import { compareCodePoints } from "./order.ts";
import type { DigestedRecord, ImageRecord, SkippedFile } from "./records.ts";

export interface DigestOptions {
  /** Files read at once (default: 8). */
  readonly concurrency?: number;
  /** Called after each file with how many are done. */
  readonly onProgress?: (done: number) => void;
}

/** Records in the order given, and those that cannot be read. */
export interface DigestedRecords {
  readonly records: readonly DigestedRecord[];
  readonly skipped: readonly SkippedFile[];
}

/**
 * Reads each file once for its SHA-256. Files that are empty or cannot be read
 * are skipped, with the reason.
 */
export async function digestRecords(
  records: readonly ImageRecord[],
  { concurrency = 8, onProgress }: DigestOptions = {},
): Promise<DigestedRecords> {
  const results = new Array<DigestedRecord | SkippedFile>(records.length);
  const queue = records.entries();
  let done = 0;
  async function work(): Promise<void> {
    for (const [index, record] of queue) {
      results[index] = await digestOne(record);
      onProgress?.(++done);
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work));
  return {
    records: results.filter((result) => "sha256" in result),
    skipped: results.filter((result) => "reason" in result),
  };
}

/** Some kinds say at their end how they stand; of what is larger that is not known. */
const mostHeader = 64 * 2 ** 20;

async function digestOne(
  record: ImageRecord,
): Promise<DigestedRecord | SkippedFile> {
  try {
    const { sha256, size, head } = await digestFile(
      record.file,
      fileLimits.picture,
      { headBytes: mostHeader },
    );
    if (size === 0) return { path: record.path, reason: "0 bytes" };
    // Before they are taken for copies: pointers to one file are the same bytes.
    if (isGitLfsPointer(head)) {
      return { path: record.path, reason: gitLfsReason };
    }
    const stored = storedPicture(head);
    return { ...record, sha256, ...stored && { stored } };
  } catch (error) {
    const cause = error instanceof InputError ? error.cause : error;
    return { path: record.path, reason: fileErrorReason(cause) };
  }
}

/** The digest of a data set: which bytes are in which class, whatever the files are called. */
export function datasetDigest(records: readonly DigestedRecord[]): string {
  const lines = records.map(({ sha256, label }) =>
    JSON.stringify([sha256, label])
  );
  return sha256(lines.sort(compareCodePoints).join("\n"));
}
