import { strictEqual } from "@std/assert";
import { sameCommand } from "./_same_command.ts";

Deno.test("sameCommand() quotes what a shell would split, and leaves defaults out", () => {
  const command = sameCommand("extract", {
    table: {
      npy: { type: "string", valueName: "X", description: "" },
      feed: { type: "string", valueName: "X", description: "", multiple: true },
      limit: { type: "integer", description: "" },
      batch: { type: "integer", description: "", default: 8 },
      fold: { type: "boolean", description: "", default: true },
      inputSize: { type: "integer", description: "" },
      mean: { type: "numbers", valueName: "R,G,B", description: "" },
    },
    options: {
      npy: "it's here.npy",
      feed: ["a=b", "c d"],
      limit: undefined,
      batch: 8,
      fold: false,
      inputSize: 128,
      mean: [1, 2.5, 3],
    },
    positionals: ["my photos"],
  });
  strictEqual(
    command,
    "./espalier extract 'my photos' --npy 'it'\\''s here.npy' --feed a=b --feed 'c d' --no-fold --input-size 128 --mean 1,2.5,3",
  );
});
