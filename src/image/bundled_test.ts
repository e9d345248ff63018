import { strictEqual } from "@std/assert";
import { sha256 } from "../bytes/mod.ts";

const folders = { imagescript: 2, jsquash: 2, libjpeg_turbo: 2 };

for (const [folder, files] of Object.entries(folders)) {
  Deno.test(`the codecs of ${folder} are the bytes that its README lists`, async () => {
    const url = new URL(`./${folder}/`, import.meta.url);
    const text = await Deno.readTextFile(new URL("README.md", url));
    const rows = [
      ...text.matchAll(/`(\w+\.(?:wasm|js))` *\| `([0-9a-f]{64})`/g),
    ];
    strictEqual(rows.length, files);
    for (const [, name, digest] of rows) {
      strictEqual(sha256(await Deno.readFile(new URL(name, url))), digest);
    }
  });
}
