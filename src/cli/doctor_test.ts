import { deepStrictEqual, match, strictEqual } from "@std/assert";
import { kernels } from "../../kernels/mod.ts";
import { models } from "../../models/mod.ts";
import { modelPath, recordModel } from "../store/mod.ts";
import { dirname } from "@std/path";
import { eventsOf, inFolder, runCommand } from "./_command_testing.ts";
import { doctor } from "./doctor.ts";

Deno.test("espalier doctor tests every kernel on the adapter", async () => {
  await inFolder(async (home) => {
    const { code, stdout } = await runCommand(doctor, { args: [], home });
    strictEqual(code, 0);
    match(stdout, /^espalier \d+\.\d+\.\d+, Deno \d+/);
    match(stdout, /^ {2}maxStorageBufferBindingSize +[\d,]+$/m);
    match(stdout, /^ {2}inception-v3-2015 {2}not here; \.\/espalier fetch/m);
    match(stdout, /^cached features: 0 rows, 0 B in /m);
    for (const name of kernels.keys()) {
      match(
        stdout,
        new RegExp(`^  ${name} +ok +max error \\S+  \\d+ ms$`, "m"),
      );
    }
  });
});

Deno.test("espalier doctor --verify --json finds a model that is another file", async () => {
  await inFolder(async (home) => {
    const entry = models["inception-v3-npm"];
    const path = modelPath(home, entry);
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeFile(path, new Uint8Array());
    // Of the right size, but all zeros: the disk keeps a hole.
    await Deno.truncate(path, entry.bytes);
    await recordModel(home, entry);
    const args = ["--verify", "--json"];
    const result = await runCommand(doctor, { args, home });
    strictEqual(result.code, 1);
    match(result.stderr, /delete it and run "espalier fetch inception-v3-npm"/);
    const events = eventsOf(result);
    deepStrictEqual(
      events.filter(({ event }) => event === "model").map(({ state }) => state),
      ["not here; ./espalier fetch inception-v3-2015", "damaged"],
    );
    strictEqual(
      events.filter(({ event }) => event === "kernel").length,
      kernels.size,
    );
    deepStrictEqual(events.at(-1), { event: "done", passed: false });
  });
});
