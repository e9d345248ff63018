import { ok, strictEqual } from "@std/assert";
import { createTerminal, type Terminal } from "./terminal.ts";
import { fakeClock, fakeStream } from "./testing.ts";

/** A title set, a screen cleared, a line turned around, a line of its own. */
const hostile = "a\x1b]0;owned\x07\x1b[2J\x9b31m\u202eb\ud800\nerror: forged";
const shown = "a?]0;owned??[2J?31m?b?";

function opened(options: { hasColors?: boolean; json?: boolean } = {}) {
  const stdout = fakeStream(options);
  const stderr = fakeStream(options);
  const clock = fakeClock();
  const terminal = createTerminal({ stdout, stderr, clock, ...options });
  return { terminal, stdout, stderr };
}

const ways: Record<string, (terminal: Terminal) => void> = {
  line: ({ line }) => line(hostile),
  table: ({ table }) => table([[hostile, "1"]]),
  note: ({ note }) => note(hostile),
  warn: ({ warn }) => warn(hostile),
  fail: ({ fail }) => fail(hostile),
  event: ({ event }) => event({ path: hostile }),
  block: ({ block }) => block(hostile),
  progress: (terminal) => {
    const bar = terminal.progress({ label: hostile, unit: hostile });
    bar.update(1, hostile);
    bar.finish();
  },
};

for (const [name, write] of Object.entries(ways)) {
  Deno.test(`${name}() of a terminal lets no hostile name move the cursor or pass for another line`, () => {
    for (const options of [{}, { hasColors: true }, { json: true }]) {
      const { terminal, stdout, stderr } = opened(options);
      write(terminal);
      terminal.close();
      const written = stdout.text() + stderr.text();
      const own = options.hasColors
        // deno-lint-ignore no-control-regex -- these are its own
        ? written.replace(/\x1b\[(?:31|33|39)m/g, "")
        : written;
      ok(!/[\p{Cc}\p{Cs}\p{Bidi_Control}]/u.test(own.replaceAll("\n", "")));
      if (name !== "block") ok(!/^error: forged/m.test(own), own);
    }
  });
}

Deno.test("a terminal writes lines and tables as they are read, and its own colours alone", () => {
  const { terminal, stdout } = opened({ hasColors: true });
  const { line, table, style } = terminal;
  line(`${style("bold", "ops")} \x1b[31m${hostile}`);
  table([[style("red", "rose"), "1"], ["\x1b[31mx", "22"]], { right: [1] });
  strictEqual(
    stdout.text(),
    [
      `\x1b[1mops\x1b[22m ?[31m${shown}?error: forged`,
      "\x1b[31mrose\x1b[39m     1",
      "?[31mx  22",
      "",
    ].join("\n"),
  );
});

Deno.test("event() prints the exact value in what no terminal minds", () => {
  const { terminal, stdout } = opened({ json: true });
  terminal.event({ path: hostile });
  strictEqual(JSON.parse(stdout.text()).path, hostile);
  strictEqual(stdout.text().split("\n").length, 2);
});
