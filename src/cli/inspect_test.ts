import { deepStrictEqual, match, strictEqual } from "@std/assert";
import { isJsonObject } from "../bytes/mod.ts";
import { placeholderGraph } from "../features/testing.ts";
import { encodeGraphDef } from "../graph/mod.ts";
import { graphOf, node, placeholder } from "../graph/testing.ts";
import { eventsOf, runCommand } from "./testing.ts";
import { inspect } from "./inspect.ts";
import { temporaryFolder } from "../bytes/temporary_folder_testing.ts";

Deno.test("espalier inspect shows ops, shapes, cost, layers and the program", async () => {
  await using home = await temporaryFolder();
  const path = home.join("net.pb");
  await Deno.writeFile(path, placeholderGraph());
  const args = [path, "--nodes", "--program"];
  const { code, stdout } = await runCommand(inspect, { args, home: home.path });
  strictEqual(code, 0);
  for (
    const expected of [
      /^ops \(9 nodes\): Const 3, Placeholder 1, /m,
      /^parameters: 140, 560 B as f32$/m,
      /^inputs\n {2}input:0 {2}\[\?, 8, 8, 3\] {2}float$/m,
      /^outputs\n {2}features:0 {2}\[1, 5\]$/m,
      /^likely bottlenecks\n {2}features:0 {2}\[1, 5\]\n/m,
      /^layers\n {2}1 {2}\S+ {2}conv2d {2}\[1, 8, 8, 5\] {2}140$/m,
      /^program up to features: \d+ dispatches, 0\.018 MFLOP an image, /m,
      /^features = reshape\(pool\) \[1, 5\] \{\}$/m,
      /^ {3}0 conv2d /m,
    ]
  ) match(stdout, expected);
});

Deno.test("espalier inspect plans the memory of a training step", async () => {
  await using home = await temporaryFolder();
  const path = home.join("net.pb");
  await Deno.writeFile(path, placeholderGraph());
  const sizes = ["--batch", "4", "--classes", "3", "--optimizer", "momentum"];
  const { stdout } = await runCommand(inspect, {
    args: [path, ...sizes],
    home: home.path,
  });
  // A convolution of 140 weights and a head of 5 by 3 with 3 biases.
  for (
    const expected of [
      /^training for 3 classes with batches of 4 and momentum: \S+ kB on the GPU/m,
      /^ {2}weights that are trained +632 B$/m,
      /^ {2}what the optimizer remembers +632 B$/m,
      /^ {2}slots: \d+ buffers for what comes and goes +\S+ kB$/m,
      /^ {4}activations that the way back reads +\S+ kB$/m,
      /^ {4}gradients of the weights +632 B$/m,
    ]
  ) match(stdout, expected);
  const head = await runCommand(inspect, {
    args: [path, ...sizes, "--freeze-until", "1", "--json"],
    home: home.path,
  });
  const [{ training }] = eventsOf(head);
  const weights = isJsonObject(training) ? training.weights : undefined;
  strictEqual(weights, (5 * 3 + 3) * 4);
  const frozen = await runCommand(inspect, {
    args: [path, "--freeze-until", "1"],
    home: home.path,
  });
  match(frozen.stdout, /^ +1 .* 140 {2}stays$/m);
  match(
    frozen.stdout,
    /^ {2}layers: 1 of 2 are trained \(60 weights\), all after 1 /m,
  );
  const args = [path, "--freeze-until", "summ"];
  const wrong = await runCommand(inspect, { args, home: home.path });
  strictEqual(wrong.code, 2);
  match(wrong.stderr, /no layer "summ" .*Did you mean sum\?/);
});

Deno.test("espalier inspect exits with 0 for a graph that cannot run, and says why", async () => {
  await using home = await temporaryFolder();
  const path = home.join("net.pb");
  const graph = graphOf(
    placeholder("x", [1, 2]),
    node("Unheard", "odd", { inputs: ["x"] }),
  );
  await Deno.writeFile(path, encodeGraphDef(graph));
  const result = await runCommand(inspect, { args: [path], home: home.path });
  strictEqual(result.code, 0);
  match(result.stdout, /^unsupported ops\n {2}odd {2}Unheard$/m);
  match(result.stdout, /^cannot run as a whole: .*node "odd"/m);
  match(result.stdout, /^cannot be trained as it is: /m);
  const json = await runCommand(inspect, {
    args: [path, "--json"],
    home: home.path,
  });
  const [event] = eventsOf(json);
  deepStrictEqual(
    [event.ops, event.unsupported],
    [{ Placeholder: 1, Unheard: 1 }, [{ name: "odd", op: "Unheard" }]],
  );
});

Deno.test("espalier inspect refuses what is no graph, and models that are not here", async () => {
  await using home = await temporaryFolder();
  const path = home.join("net.pb");
  await Deno.writeTextFile(path, "<!doctype html>");
  const page = await runCommand(inspect, { args: [path], home: home.path });
  match(page.stderr, /net\.pb" is an HTML page/);
  strictEqual(page.code, 1);
  const model = await runCommand(inspect, {
    args: ["inception-v3-2015"],
    home: home.path,
  });
  match(model.stderr, /run "\.\/espalier fetch inception-v3-2015"/);
  strictEqual(model.code, 2);
});
