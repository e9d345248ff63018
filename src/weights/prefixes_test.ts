import { deepStrictEqual } from "@std/assert";
import { withoutPrefixes } from "./_prefixes.ts";

function namesOf(...names: string[]) {
  const { tensors, notes } = withoutPrefixes(
    new Map(names.map((name) => [name, name])),
  );
  return { names: [...tensors.keys()], notes };
}

Deno.test("prefixes that all names have are taken off, in any order, and said", () => {
  deepStrictEqual(
    namesOf("module.model._orig_mod.a", "module.model._orig_mod.b"),
    {
      names: ["a", "b"],
      notes: ['The prefix "module.model._orig_mod." of the names is left off.'],
    },
  );
});

Deno.test("a prefix that most names have is taken off them, and the others stay", () => {
  deepStrictEqual(
    namesOf("n_averaged", "module.a", "module.b", "module.c").names,
    ["n_averaged", "a", "b", "c"],
  );
});

Deno.test("names without a prefix, those of a few, and those that would be the same are left", () => {
  for (
    const names of [
      ["features.0.weight", "classifier.weight"],
      ["model.a", "b", "c"],
      ["model.a", "model.b", "a"],
    ]
  ) {
    deepStrictEqual(namesOf(...names), { names, notes: [] });
  }
});
