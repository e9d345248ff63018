import { strictEqual } from "@std/assert";
import { sha256 } from "../src/bytes/mod.ts";

/** What is bundled, and how many files each README lists. */
const folders = {
  "src/image/imagescript": 2,
  "src/image/jsquash": 2,
  "src/image/libjpeg_turbo": 2,
  "src/report/resvg": 2,
};

for (const [folder, files] of Object.entries(folders)) {
  Deno.test(`the files of ${folder} are the bytes that its README lists`, async () => {
    const url = new URL(`../${folder}/`, import.meta.url);
    const text = await Deno.readTextFile(new URL("README.md", url));
    const rows = [
      ...text.matchAll(/`(\w+\.(?:wasm|m?js))` *\| `([0-9a-f]{64})`/g),
    ];
    strictEqual(rows.length, files);
    for (const [, name, digest] of rows) {
      strictEqual(sha256(await Deno.readFile(new URL(name, url))), digest);
    }
  });
}
