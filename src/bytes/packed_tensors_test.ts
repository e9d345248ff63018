import { deepStrictEqual, strictEqual, throws } from "@std/assert";
import { InputError } from "../errors.ts";
import { decodePacked, isPacked } from "./packed_tensors.ts";
import { encodeTensors } from "./safetensors.ts";

const file = Uint8Array.from(
  atob(
    "ZXNwYWxpZXIBAAAAgAAAAHsia2luZCI6ImZlYXR1cmUgcm93IiwibWV0YWRhdGEi" +
      "Onsia2V5IjoiYWIiLCJpbWFnZSI6ImNkIn0sInRlbnNvcnMiOlt7Im5hbWUiOiJy" +
      "b3ciLCJkdHlwZSI6ImYzMiIsInNoYXBlIjpbM10sIm9mZnNldCI6MH1dfSAgICAg" +
      "AACAPwAAIMBZ2QAzAAAAABtQwu4ko3who9b4TqamjaM0OxwxW488D1n/p8xs3KDg",
  ),
  (char) => char.charCodeAt(0),
);

const options = { kinds: ["feature row"], name: "it" };

Deno.test("decodePacked() reads a row that espalier 0.1 kept", () => {
  strictEqual(isPacked(file), true);
  deepStrictEqual(decodePacked(file, options), {
    kind: "feature row",
    metadata: { key: "ab", image: "cd" },
    tensors: { row: { shape: [3], data: Float32Array.of(1, -2.5, 3e-8) } },
  });
});

Deno.test("decodePacked() detects every changed byte and every truncation", () => {
  for (let index = 0; index < file.length; index++) {
    const changed = file.slice();
    changed[index] ^= 1;
    throws(() => decodePacked(changed, options), InputError);
    throws(() => decodePacked(file.subarray(0, index), options), InputError);
  }
});

Deno.test("decodePacked() refuses a file of another kind by name", () => {
  throws(
    () => decodePacked(file, { kinds: ["checkpoint"], name: "it" }),
    new InputError("it: holds a feature row, expected a checkpoint"),
  );
  const kind = "feature row";
  const today = encodeTensors({ kind, metadata: {}, tensors: {} });
  strictEqual(isPacked(today), false);
});
