import { deepStrictEqual, match, strictEqual } from "@std/assert";
import { kernels } from "../../kernels/mod.ts";
import { unary } from "../../kernels/unary.ts";
import { clockedSession } from "../gpu/clock_testing.ts";
import type { Session } from "../gpu/mod.ts";
import { eventsOf, fakeHost, pretendModel, runCommand } from "./testing.ts";
import { doctor, testKernels } from "./doctor.ts";
import { createTerminal } from "./terminal.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

Deno.test("espalier doctor tests every kernel on the adapter", async () => {
  await using home = await temporaryFolder();
  const { code, stdout } = await runCommand(doctor, {
    args: [],
    home: home.path,
  });
  strictEqual(code, 0);
  match(stdout, /^espalier \d+\.\d+\.\d+, Deno \d+/);
  match(stdout, /^ {2}maxStorageBufferBindingSize +[\d,]+$/m);
  match(stdout, /^ {2}\d+ that are not here: \.\/espalier fetch --list$/m);
  match(stdout, /^cached features: 0 files, 0 B in /m);
  for (const name of kernels.keys()) {
    match(
      stdout,
      new RegExp(`^  ${name} +ok +max error \\S+  \\d+ ms$`, "m"),
    );
  }
});

Deno.test("testKernels() names a kernel that gives no result in time, and goes on with another session", async () => {
  const host = fakeHost();
  const opened: string[] = [];
  const open = (name: string): Promise<Session> => {
    opened.push(name);
    return Promise.resolve({
      ...clockedSession({ load: 0, compile: 0, wait: 0 }).session,
      load: ({ program: { label } }) =>
        name === "first" && label === "hangs"
          ? new Promise(() => {})
          : Promise.reject(new Error(`compiled ${label} on the ${name}`)),
    });
  };
  const tested = new Map(
    ["before", "hangs", "after"].map((name) => [name, { ...unary, name }]),
  );
  const passed = await testKernels(createTerminal(host), {
    session: await open("first"),
    open: () => open("second"),
    tested,
    seconds: 0.05,
    signal: new AbortController().signal,
  });
  strictEqual(passed, false);
  deepStrictEqual(opened, ["first", "second"]);
  deepStrictEqual(host.stdout.text().split("\n").slice(1, 5), [
    "  before  FAILED  compiled before on the first",
    "  hangs   FAILED  gave no result within 0.05 s",
    "  after   FAILED  compiled after on the second",
    "3 of 3 kernels FAILED: update the driver, or use another adapter",
  ]);
});

Deno.test("testKernels() ends where the driver opens no other session, and says how many kernels are left", async () => {
  const host = fakeHost();
  const passed = await testKernels(createTerminal(host), {
    session: {
      ...clockedSession({ load: 0, compile: 0, wait: 0 }).session,
      load: () => new Promise(() => {}),
    },
    open: () => new Promise(() => {}),
    tested: new Map([["one", unary], ["other", unary]]),
    seconds: 0.05,
    signal: new AbortController().signal,
  });
  strictEqual(passed, false);
  match(host.stdout.text(), /^1 of 2 kernels FAILED, 1 not tested, as/m);
});

Deno.test("espalier doctor --verify --json finds a model that is another file", async () => {
  await using home = await temporaryFolder();
  // Of the right size, but all zeros.
  await pretendModel(home.path, "inception-v3-npm");
  const args = ["--verify", "--json"];
  const result = await runCommand(doctor, { args, home: home.path });
  strictEqual(result.code, 1);
  match(result.stderr, /delete it and run "espalier fetch inception-v3-npm"/);
  const events = eventsOf(result);
  deepStrictEqual(
    events.filter(({ event }) => event === "model").map(({ state }) => state),
    ["damaged"],
  );
  strictEqual(
    events.filter(({ event }) => event === "kernel").length,
    kernels.size,
  );
  deepStrictEqual(events.at(-1), { event: "done", passed: false });
});

Deno.test("espalier doctor shows the rest where there is no adapter, and the remedy", async () => {
  await using home = await temporaryFolder();
  const cli = new URL("./mod.ts", import.meta.url).pathname;
  const permissions = ["--no-prompt", "-R", "-W", "-E"];
  const { code, stdout, stderr } = await new Deno.Command("deno", {
    args: ["run", ...permissions, cli, "doctor"],
    env: {
      ESPALIER_HOME: home.path,
      // Another system's API, so that no adapter is found.
      DENO_WEBGPU_BACKEND: Deno.build.os === "darwin" ? "dx12" : "metal",
    },
  }).output();
  const [lines, errors] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  strictEqual(code, 1);
  match(errors, /^error: No GPU adapter found: on Debian or Ubuntu run /m);
  match(lines, /^models in /m);
  match(lines, /^kernels not tested: there is no adapter$/m);
});
