import {
  deepStrictEqual,
  match,
  notDeepStrictEqual,
  strictEqual,
} from "@std/assert";
import process from "node:process";
import { InputError } from "../../src/errors.ts";
import { judge } from "./_child.ts";
import { mutantOf } from "./_mutants.ts";
import { temporaryFolder } from "../../src/bytes/temporary_folder_testing.ts";
import { type Target, targets } from "./_targets.ts";

const file = new TextEncoder().encode('{"a": [1, 2.5, "three"]}');
const from = { folder: "", original: file };

function targetOf(read: Target["read"]): Target {
  return { form: "bytes", files: () => [file], read };
}

Deno.test("a mutant is the same for the same seed and number, and another for others", () => {
  for (const form of ["bytes", "text", "json"] as const) {
    const mutant = (seed: number, number: number) =>
      mutantOf([file], { form, seed, number }).mutant;
    deepStrictEqual(mutant(1, 7), mutant(1, 7));
    const several = [0, 1, 2, 3].map((number) => [...mutant(1, number)]);
    notDeepStrictEqual(several, [0, 1, 2, 3].map((at) => [...mutant(2, at)]));
  }
});

Deno.test("fuzzing finds what throws, and what takes too long, and lets be what is refused", async () => {
  const said = (read: Target["read"]) =>
    judge(targetOf(read), file, { ...from, longest: 50 });
  strictEqual(await said(() => true), true);
  strictEqual(
    await said(() => {
      throw new InputError("no file of mine");
    }),
    false,
  );
  const missing: { readonly rows?: readonly number[] } = {};
  match(
    String(await said(() => Reflect.get(Object(missing.rows), 0).length > 0)),
    /^TypeError: /,
  );
  match(
    String(
      await said(() => {
        const start = process.cpuUsage();
        while (process.cpuUsage(start).user < 100_000);
        return true;
      }),
    ),
    /^took \d+ ms of processor time/,
  );
});

Deno.test("every target takes its own files without a finding", async () => {
  await using temporary = await temporaryFolder();
  const folder = temporary.path;
  for (const [name, target] of Object.entries(targets)) {
    for (const original of await target.files()) {
      const whole = Uint8Array.from(original);
      const sealed = target.seal?.(whole) ?? whole;
      const taken = await judge(target, sealed, { folder, original });
      strictEqual(typeof taken, "boolean", `${name}: ${taken}`);
    }
  }
});
