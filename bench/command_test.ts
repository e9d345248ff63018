import { deepStrictEqual, match, strictEqual } from "@std/assert";
import { main } from "../src/cli/main.ts";
import { fakeHost } from "../src/cli/testing.ts";
import { bench } from "./command.ts";
import { commandLine } from "./mod.ts";

async function runBench(args: readonly string[]) {
  const host = fakeHost();
  const code = await main(commandLine(args), { host, commands: [bench] });
  return { code, stdout: host.stdout.text(), stderr: host.stderr.text() };
}

Deno.test("commandLine() makes one word of --json FILE and leaves -C DIR before the command", () => {
  deepStrictEqual(
    commandLine(["-C", "/home", "model", "--json", "a.json", "--rounds", "2"]),
    ["-C", "/home", "bench", "model", "--json=a.json", "--rounds", "2"],
  );
  deepStrictEqual(commandLine([]), ["bench"]);
});

Deno.test("espalier bench refuses an unknown part before it measures anything", async () => {
  const { code, stderr } = await runBench(["kernel"]);
  strictEqual(code, 2);
  match(stderr, /bench has no part "kernel".*Did you mean kernels\?/);
});

Deno.test("espalier bench refuses a net it does not know, and options of parts that do not run", async () => {
  const refused = [
    ["model --net resnet50", /--net has "resnet50".*Did you mean resnet-50\?/],
    ["roofline --net resnet-50", /--net is of model and peers.*leave it out/],
    ["kernels --profile", /--profile is of model.*leave it out/],
    ["model --python python3", /--python is of peers.*leave it out/],
  ] as const;
  for (const [line, message] of refused) {
    const { code, stderr } = await runBench(line.split(" "));
    strictEqual(code, 2, line);
    match(stderr, message);
  }
});

Deno.test("espalier bench --json without a file is a usage error", async () => {
  const { code, stderr } = await runBench(["roofline", "--json"]);
  strictEqual(code, 2);
  match(stderr, /--json/);
});

Deno.test("espalier bench --compare names a file that is missing", async () => {
  const { code, stderr } = await runBench(["--compare", "no/such.json"]);
  strictEqual(code, 1);
  match(stderr, /no\/such\.json/);
});

Deno.test("espalier bench --help lists the parts", async () => {
  const { code, stdout } = await runBench(["--help"]);
  strictEqual(code, 0);
  match(stdout, /tuning, roofline, kernels, model, growth, training, peers/);
});
