/**
 * Results of runs that never were, for tests.
 *
 * @module
 */
import type { Results, Row } from "./results.ts";

/** A run of the part `model` with these rows, on a machine with this processor. */
export function resultsOf(
  rows: readonly Omit<Row, "section" | "warmUp">[],
  processor = "a processor",
): Results {
  return {
    format: "espalier-bench",
    version: 1,
    date: "2026-01-02T03:04:05.000Z",
    deno: "2.9.6",
    commit: null,
    machine: { processor, cores: 2, memoryBytes: null, system: "linux" },
    adapter: { description: "an adapter" },
    rows: rows.map((row) => ({ ...row, section: "model", warmUp: 1 })),
  };
}
