import { deepStrictEqual, match } from "@std/assert";
import { dataTypes } from "./graphdef.ts";
import { importGraph } from "./import.ts";
import { tensorOf } from "./ir.ts";
import { parseSettings, setValues } from "./set_values.ts";
import {
  floatConstant,
  graphOf,
  node,
  placeholder,
  refusalOf,
} from "./testing.ts";

const training = node("Placeholder", "training", {
  attributes: { dtype: { kind: "type", value: dataTypes.bool } },
});

/** `x` times 2, or in training `x` plus a number that nothing here computes. */
const graphDef = graphOf(
  placeholder("x", [1, 2]),
  placeholder("keep_prob", []),
  training,
  node("Switch", "branch", { inputs: ["x", "training"] }),
  node("LRN", "trained", { inputs: ["branch:1"] }),
  floatConstant("two", 2),
  node("Mul", "used", { inputs: ["branch", "two"] }),
  node("Merge", "y", { inputs: ["used", "trained"] }),
);

function opsWith(...settings: readonly string[]): string[] {
  const set = setValues(graphDef, parseSettings(settings));
  return importGraph(set, { outputs: ["y"] }).nodes.map(({ op }) => op);
}

Deno.test("setValues() takes the branch that a graph takes with these inputs, and leaves the other out", () => {
  deepStrictEqual(opsWith("training=false"), ["binary"]);
  deepStrictEqual(opsWith("training:0=0"), ["binary"]);
  match(
    refusalOf(() => opsWith("training=true")),
    /node "trained" \(op "LRN"\): the op is not supported; use a graph without it/,
  );
  match(
    refusalOf(() => opsWith()),
    /decided by "training".* give it with --set training=false/,
  );
});

Deno.test("setValues() makes constants of the input's own type", () => {
  const set = setValues(graphDef, parseSettings(["keep_prob=0.5"]));
  const graph = importGraph(set, { outputs: ["keep_prob"] });
  const { constant, dtype } = tensorOf(graph, "keep_prob");
  deepStrictEqual([dtype, constant?.read()], ["f32", Float32Array.of(0.5)]);
});

Deno.test("settings that say nothing, twice or the wrong thing are refused by a sentence", () => {
  const refused: Record<string, RegExp> = {
    "training": /--set takes NAME=true, NAME=false or NAME=NUMBER, got "train/,
    "training=": /got "training="/,
    "training=perhaps": /got "training=perhaps"/,
    "training=0.5": /"training" takes true or false, got 0.5/,
    "used=1": /"used" \(op "Mul"\) is computed and cannot be set/,
    "x=1": /"x" takes \[1, 2\], and what is set has shape \[\]: feed it/,
  };
  for (const [setting, message] of Object.entries(refused)) {
    match(refusalOf(() => opsWith(setting)), message);
  }
  match(
    refusalOf(() => opsWith("training=0", "training:0=1")),
    /--set gives "training" twice/,
  );
  match(
    refusalOf(() => opsWith("trainin=0")),
    /no tensor "trainin"; did you mean "training"/,
  );
});
