import { deepStrictEqual, rejects, strictEqual, throws } from "@std/assert";
import { openLog, parseLog, readLog } from "./json_lines.ts";
import { temporaryFolder } from "./temporary_folder_testing.ts";

Deno.test("openLog() appends to what is there", async () => {
  await using folder = await temporaryFolder();
  const path = folder.join("log.jsonl");
  for (const step of [1, 2]) {
    using log = openLog(path);
    log.append({ step, note: "two\nlines" });
  }
  strictEqual((await Deno.readTextFile(path)).split("\n").length, 3);
  deepStrictEqual(await readLog(path), [
    { step: 1, note: "two\nlines" },
    { step: 2, note: "two\nlines" },
  ]);
});

Deno.test("readLog() and openLog() drop a line torn at any byte", async () => {
  await using folder = await temporaryFolder();
  const path = folder.join("log.jsonl");
  const whole = '{"step":1}\n';
  const torn = new TextEncoder().encode(`${whole}{"label":"花"}`);
  for (let length = whole.length; length <= torn.length; length++) {
    await Deno.writeFile(path, torn.subarray(0, length));
    deepStrictEqual(await readLog(path), [{ step: 1 }]);
    using log = openLog(path);
    log.append({ step: 2 });
    deepStrictEqual(await readLog(path), [{ step: 1 }, { step: 2 }]);
  }
});

Deno.test("readLog() takes a missing file for an empty log", async () => {
  deepStrictEqual(await readLog("no/such/log.jsonl"), []);
});

Deno.test("parseLog() names a broken line in the middle", () => {
  for (const line of ["{", "3", "null", "[]"]) {
    throws(() => parseLog(`{}\n${line}\n{}\n`, { name: "log.jsonl" }), {
      name: "InputError",
      message: "log.jsonl, line 2: not a JSON object; remove the line",
    });
  }
});

Deno.test("openLog() and readLog() name a path they cannot use", async () => {
  await using folder = await temporaryFolder();
  throws(() => openLog(folder.path), {
    name: "InputError",
    message: /Cannot write/,
  });
  await rejects(readLog(folder.path), {
    name: "InputError",
    message: /Cannot read/,
  });
});
