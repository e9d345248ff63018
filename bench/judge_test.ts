import { match, strictEqual, throws } from "@std/assert";
import { GateError } from "../src/errors.ts";
import { judge } from "./judge.ts";
import { resultsOf } from "./testing.ts";

/** The lines that judging a change from 100 images/s prints; throws what it throws. */
function judged(after: readonly number[]): string[] {
  const row = { name: "forward", unit: "images/s" } as const;
  const lines: string[] = [];
  const print = (line: string) => lines.push(line);
  judge({
    before: resultsOf([{ ...row, samples: [100, 100] }]),
    after: resultsOf([{ ...row, samples: after }]),
  }, { line: print, warn: print });
  return lines;
}

Deno.test("judge() prints the ratio of what became faster, or hardly slower", () => {
  const [, faster] = judged([200, 200]);
  match(faster, /100 +200 +images\/s +2\.00x .* forward$/);
  strictEqual(judged([95, 95]).length, 2);
});

Deno.test("judge() fails with exit code 3 what became slower or cannot be measured, by name", () => {
  for (const after of [[80, 80], []]) {
    throws(() => judged(after), (error: unknown) => {
      if (!(error instanceof GateError)) return false;
      strictEqual(error.exitCode, 3);
      match(error.message, /"forward" lost more than 10\.0 % and the noise/);
      return true;
    });
  }
});
