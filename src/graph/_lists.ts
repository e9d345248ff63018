import type { AttrValue } from "./graphdef.ts";

/** A list of whole numbers as an attribute. */
export function ints(...value: readonly number[]): AttrValue {
  return {
    kind: "list",
    value: {
      bytes: [],
      ints: value,
      floats: [],
      bools: [],
      types: [],
      shapes: [],
      tensors: [],
      functions: [],
    },
  };
}
