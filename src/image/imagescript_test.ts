import { strictEqual } from "@std/assert";
import { sha256 } from "../bytes/mod.ts";

Deno.test("the bundled codecs are the package's own bytes", async () => {
  const folder = new URL("./imagescript/", import.meta.url);
  const text = await Deno.readTextFile(new URL("README.md", folder));
  const rows = [...text.matchAll(/`(\w+\.wasm)` *\| `([0-9a-f]{64})`/g)];
  strictEqual(rows.length, 3);
  for (const [, name, digest] of rows) {
    strictEqual(sha256(await Deno.readFile(new URL(name, folder))), digest);
  }
});
