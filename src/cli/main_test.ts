import { deepStrictEqual, match, strictEqual } from "@std/assert";
import { GateError, InputError, UsageError } from "../errors.ts";
import { type Command, defineCommand, exitCodes } from "./command.ts";
import type { CommandHost, ExitCode } from "./command.ts";
import { main } from "./main.ts";
import { fakeHost } from "./testing.ts";

function commandThat(
  run: (host: CommandHost) => Promise<ExitCode>,
): Command {
  return defineCommand({
    name: "train",
    summary: "train",
    examples: [],
    options: {},
    positionals: { data: { description: "photos", optional: true } },
    run,
  });
}

const succeeding = commandThat(() => Promise.resolve(exitCodes.success));

async function runMain(
  args: readonly string[],
  commands: readonly Command[] = [succeeding],
): Promise<{ code: ExitCode; stdout: string; stderr: string }> {
  const host = fakeHost();
  const code = await main(args, { host, commands });
  strictEqual(host.clock.timers(), 0);
  return { code, stdout: host.stdout.text(), stderr: host.stderr.text() };
}

Deno.test("main() runs the command and gives its exit code", async () => {
  const host = fakeHost();
  const commands = [commandThat(({ terminal }) => {
    terminal.line("accuracy 0.9");
    terminal.event({ event: "done" });
    return Promise.resolve(exitCodes.success);
  })];
  const args = ["-C", "photos", "train", "."];
  strictEqual(await main(args, { host, commands }), 0);
  strictEqual(host.stdout.text(), "accuracy 0.9\n");
  deepStrictEqual(host.folders, ["photos"]);
});

Deno.test("main() answers an unknown command with the nearest one and exit code 2", async () => {
  deepStrictEqual(await runMain(["trian"]), {
    code: 2,
    stdout: "",
    stderr: "error: unknown command trian. Did you mean espalier train?\n",
  });
  deepStrictEqual(await runMain(["--zebra"]), {
    code: 2,
    stdout: "",
    stderr: "error: unknown option --zebra. See espalier --help\n",
  });
});

Deno.test("main() prints help on stdout where it is asked for, else on stderr with exit code 2", async () => {
  for (const args of [["--help"], ["-h"], ["help"]]) {
    const { code, stdout } = await runMain(args);
    strictEqual(code, 0);
    match(stdout, /Commands:\n {2}train/);
  }
  for (const args of [["train", "--help"], ["help", "train"]]) {
    const { code, stdout } = await runMain(args);
    strictEqual(code, 0);
    match(stdout, /^Usage: espalier train \[DATA\]/);
  }
  for (const args of [["train", "--help", "all"], ["help", "train", "all"]]) {
    const { code, stdout } = await runMain(args, [{
      ...succeeding,
      options: { rate: { type: "number", isAdvanced: true, description: "" } },
    }]);
    strictEqual(code, 0);
    match(stdout, /--rate X/);
  }
  const bare = await runMain([]);
  strictEqual(bare.code, 2);
  strictEqual(bare.stdout, "");
  match(bare.stderr, /Commands:/);
});

Deno.test("main() prints the version", async () => {
  const { code, stdout } = await runMain(["--version"]);
  deepStrictEqual({ code, stdout }, { code: 0, stdout: "espalier 0.0.0\n" });
});

Deno.test("main() gives each error its sentence and its exit code, without a stack", async () => {
  const cases: [Error, number, string][] = [
    [new InputError("no images in x\x1b[2J"), 1, "error: no images in x?[2J\n"],
    [new UsageError("no such folder x"), 2, "error: no such folder x\n"],
    [new GateError("accuracy 0.5"), 3, "error: accuracy 0.5\n"],
    [
      new TypeError("x is undefined"),
      1,
      "error: this is a bug in espalier: x is undefined (--debug prints the stack)\n",
    ],
    [
      Object.assign(new Error("No space left"), { code: "ENOSPC" }),
      1,
      "error: No space left\n",
    ],
  ];
  for (const [error, code, stderr] of cases) {
    const failing = commandThat(() => Promise.reject(error));
    const result = await runMain(["train"], [failing]);
    deepStrictEqual(result, { code, stdout: "", stderr });
  }
});

Deno.test("main() prints the stack with --debug", async () => {
  const failing = commandThat(() => Promise.reject(new Error("broken")));
  const { stderr } = await runMain(["train", "--debug"], [failing]);
  match(stderr, /main_test\.ts/);
});

Deno.test("main() refuses --json where the command has no events", async () => {
  const { code, stderr } = await runMain(["train", "--json"]);
  strictEqual(code, 2);
  strictEqual(
    stderr,
    "error: espalier train has no --json. See espalier train --help\n",
  );
});

Deno.test("main() drops the -- that npm users put before a task's arguments", async () => {
  for (const args of [["train", "--", "--help"], ["--", "train", "--help"]]) {
    const { code, stdout } = await runMain(args);
    strictEqual(code, 0);
    match(stdout, /^Usage: espalier train/);
  }
  const { code } = await runMain(["train", "--", "--", "--help"]);
  strictEqual(code, 0);
});

Deno.test("main() prints only events with --json", async () => {
  const command: Command = {
    ...commandThat(({ terminal }) => {
      terminal.line("accuracy 0.9");
      terminal.note("a note");
      terminal.event({ event: "done", accuracy: 0.9 });
      return Promise.resolve(exitCodes.success);
    }),
    json: true,
  };
  deepStrictEqual(await runMain(["train", "--json"], [command]), {
    code: 0,
    stdout: '{"event":"done","accuracy":0.9}\n',
    stderr: "",
  });
});

Deno.test("main() ends with 130 and the resuming command when a command heeds Ctrl-C", async () => {
  const host = fakeHost();
  const commands = [commandThat(({ interruption }) => {
    interruption.resumeWith("espalier train --resume runs/1");
    return new Promise((_, reject) => {
      interruption.signal.onabort = () => reject(interruption.signal.reason);
    });
  })];
  const code = main(["train"], { host, commands });
  host.interrupt();
  strictEqual(await code, 130);
  strictEqual(
    host.stderr.text(),
    "warning: interrupted; go on with: espalier train --resume runs/1\n",
  );
});

Deno.test("main() ends with 130 within two seconds when a command does not heed Ctrl-C", async () => {
  const host = fakeHost();
  const commands = [commandThat(() => new Promise(() => {}))];
  const code = main(["train"], { host, commands });
  host.interrupt();
  host.clock.advance(1_500);
  strictEqual(await code, 130);
  strictEqual(host.stderr.text(), "warning: interrupted\n");
  strictEqual(host.clock.timers(), 0);
});

Deno.test("main() ends at once at the second Ctrl-C", async () => {
  const host = fakeHost();
  const commands = [commandThat(() => new Promise(() => {}))];
  const code = main(["train"], { host, commands });
  host.interrupt();
  host.interrupt();
  strictEqual(await code, 130);
});
